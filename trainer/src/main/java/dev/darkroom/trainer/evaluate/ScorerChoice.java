package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.trainer.data.Bucket;
import dev.darkroom.trainer.data.HoldOut;
import dev.darkroom.trainer.data.Tint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The scorers that data and aids allow, and why there are no others. Holds their networks: whoever
 * makes one closes it.
 */
final class ScorerChoice implements AutoCloseable {
    /** Kinds of things are told apart in smaller pictures than people like to look at. */
    private static final int MOST_SIDE = 64;

    private final List<Scorer> scorers = new ArrayList<>();
    private final Map<Measure, String> impossible = new EnumMap<>(Measure.class);
    private final List<Runnable> closing = new ArrayList<>();
    private String judge = "none";

    /**
     * @param size of the pictures that are made
     * @param reference real pictures to compare with
     */
    ScorerChoice(
            HoldOut data,
            Bucket size,
            EvaluationAids aids,
            KeptClassifiers classifiers,
            List<RgbImage> reference) {
        boolean chosen = false;
        try {
            JudgedClasses classes = JudgedClasses.of(data.training());
            Optional<ClipModel> own = clip(aids.ownClip(), Measure.CLIP_OWN);
            Optional<ClipModel> imported = clip(aids.importedClip(), Measure.CLIP_IMPORTED);
            if (classes.canBeToldApart()) {
                int side = Math.min(MOST_SIDE, Math.min(size.width(), size.height()));
                Classifier classifier =
                        kept(classifiers.of(classes.picturesOf(data.training()), side));
                byClassifier(classifier, classes, reference);
                withoutClip("the classifier's features are used");
            } else {
                String why =
                        data.training().classes().isEmpty()
                                ? "the data has no classes"
                                : "the data has no two classes of "
                                        + JudgedClasses.LEAST_PICTURES
                                        + " pictures to learn from";
                impossible.put(Measure.FRECHET_CLASSIFIER, why);
                impossible.put(Measure.CLASS_AGREEMENT, why);
                impossible.put(Measure.DIVERSITY, why);
                byClip(imported.or(() -> own), reference);
                judge = aids.importedClip().or(aids::ownClip).map(ScorerChoice::name).orElse(judge);
            }
            scorers.add(new ColourScorer(palette()));
            inception(aids, reference);
            chosen = true;
        } finally {
            if (!chosen) {
                close();
            }
        }
    }

    private Classifier kept(Classifier classifier) {
        closing.add(classifier::close);
        return classifier;
    }

    private void byClassifier(
            Classifier classifier, JudgedClasses classes, List<RgbImage> reference) {
        judge = "classifier " + classifier.identity();
        scorers.add(new FrechetScorer(Measure.FRECHET_CLASSIFIER, classifier, reference));
        scorers.add(new ClassScorer(classifier, classes));
        scorers.add(new DiversityScorer(Measure.DIVERSITY, classifier));
    }

    private Optional<ClipModel> clip(Optional<Path> folder, Measure measure) {
        if (folder.isEmpty()) {
            impossible.put(
                    measure,
                    measure == Measure.CLIP_OWN
                            ? "the model's own CLIP was not supplied"
                            : "no other CLIP was supplied");
            return Optional.empty();
        }
        ClipModel clip = ClipModel.open(folder.get());
        closing.add(clip::close);
        scorers.add(new ClipScorer(measure, clip));
        return Optional.of(clip);
    }

    private void byClip(Optional<ClipModel> clip, List<RgbImage> reference) {
        if (clip.isEmpty()) {
            withoutClip("no CLIP was supplied");
            return;
        }
        scorers.add(new FrechetScorer(Measure.FRECHET_CLIP, clip.get(), reference));
        scorers.add(new DiversityScorer(Measure.DIVERSITY_CLIP, clip.get()));
    }

    private void withoutClip(String why) {
        impossible.put(Measure.FRECHET_CLIP, why);
        impossible.put(Measure.DIVERSITY_CLIP, why);
    }

    private void inception(EvaluationAids aids, List<RgbImage> reference) {
        if (aids.inception().isEmpty()) {
            impossible.put(Measure.FRECHET_INCEPTION, "no Inception network was supplied");
            return;
        }
        InceptionFeatures features = new InceptionFeatures(aids.inception().get());
        closing.add(features::close);
        scorers.add(new FrechetScorer(Measure.FRECHET_INCEPTION, features, reference));
    }

    static Map<String, double[]> palette() {
        Map<String, double[]> palette = new LinkedHashMap<>();
        for (Tint tint : Tint.ALL) {
            palette.put(
                    tint.word(), new double[] {tint.channel(0), tint.channel(1), tint.channel(2)});
        }
        return palette;
    }

    /** A CLIP by its weights: two with one name see alike. */
    private static String name(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            StringBuilder hashes = new StringBuilder();
            for (Path file : files.sorted().toList()) {
                if (file.toString().endsWith(".safetensors")) {
                    hashes.append(Sha256.of(file));
                }
            }
            String all = Sha256.of(hashes.toString().getBytes(StandardCharsets.UTF_8));
            return "CLIP " + all.substring(0, 12);
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_CHECKPOINT, folder + " cannot be read: " + e, e);
        }
    }

    /** Names the network whose features and classes are used. */
    String judge() {
        return judge;
    }

    List<Scorer> scorers() {
        return scorers;
    }

    Map<Measure, String> impossible() {
        return impossible;
    }

    @Override
    public void close() {
        closing.forEach(Runnable::run);
    }
}
