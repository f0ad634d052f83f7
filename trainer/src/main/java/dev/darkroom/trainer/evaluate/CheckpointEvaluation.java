package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.trainer.data.Bucket;
import dev.darkroom.trainer.data.HoldOut;
import dev.darkroom.trainer.data.ImageDataset;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Measures a checkpoint by everything that data and aids allow, and shows its pictures.
 *
 * @param phases is told what begins now, for a person
 */
public record CheckpointEvaluation(
        EvaluationOptions options, KeptClassifiers classifiers, Consumer<String> phases) {
    /** Rows of the page's table of kinds and colours. */
    private static final int MOST_KINDS = 16;

    /**
     * Evaluates a checkpoint with the captions of pictures that were held out.
     *
     * @throws IllegalArgumentException where fewer pictures were held out than are asked for and
     *     two to compare with
     */
    public EvaluatedCheckpoint run(
            OpenedCheckpoint checkpoint, HoldOut data, EvaluationAids aids, Instant now) {
        phases.accept("drawing prompts and real pictures");
        RealPictures real = RealPictures.draw(data.heldOut(), options);
        TextToImageModel model = checkpoint.saved().model();
        CheckpointConfiguration.Defaults defaults = checkpoint.defaults();
        phases.accept("looking at real pictures");
        try (ScorerChoice choice =
                new ScorerChoice(
                        data,
                        new Bucket(defaults.width(), defaults.height()),
                        aids,
                        classifiers,
                        real.reference())) {
            List<SampleTable> tables = new ArrayList<>();
            tellNext(0);
            EvaluationReport report =
                    new Evaluation(options, choice.judge(), choice.scorers(), choice.impossible())
                            .run(
                                    checkpoint.id(),
                                    model,
                                    real.prompts(),
                                    real.samples(),
                                    aids.validationLoss(),
                                    aids.parent().map(EvaluationReport::asParent),
                                    now,
                                    made -> {
                                        tables.add(SampleTable.of(made.getKey(), made.getValue()));
                                        tellNext(tables.size());
                                    });
            ReportPage page = new ReportPage(report);
            List<String> kinds = kinds(data.heldOut());
            if (!kinds.isEmpty()) {
                page.samples(kinds(model, kinds, data.heldOut(), defaults));
            }
            tables.forEach(page::samples);
            aids.records().forEach(page::record);
            return new EvaluatedCheckpoint(report, page);
        }
    }

    private void tellNext(int done) {
        phases.accept(
                done < options.guidanceScales().size()
                        ? "making pictures at guidance "
                                + Html.number(options.guidanceScales().get(done))
                        : "making the page");
    }

    /** At the guidance that people get who do not say one, or the nearest. */
    private SampleTable kinds(
            TextToImageModel model,
            List<String> kinds,
            ImageDataset dataset,
            CheckpointConfiguration.Defaults defaults) {
        double guidanceScale =
                options.guidanceScales().stream()
                        .min(
                                Comparator.comparingDouble(
                                        scale -> Math.abs(scale - defaults.guidanceScale())))
                        .orElseThrow();
        return SampleTable.of(model, kinds, colours(dataset), guidanceScale, options);
    }

    /** Classes by whose name captions call things: what a picture can be asked for by. */
    private static List<String> kinds(ImageDataset dataset) {
        String captions = phrase(String.join(" | ", dataset.captions()));
        return dataset.classes().stream()
                .filter(name -> captions.contains(phrase(name)))
                .limit(MOST_KINDS)
                .toList();
    }

    /** A text of which every word stands between blanks, whatever stood there. */
    private static String phrase(String text) {
        return " "
                + text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}|-]+", " ").strip()
                + " ";
    }

    private static List<String> colours(ImageDataset dataset) {
        Set<String> words = new HashSet<>();
        dataset.captions().forEach(caption -> words.addAll(List.of(caption.split(" "))));
        return ScorerChoice.palette().keySet().stream().filter(words::contains).toList();
    }
}
