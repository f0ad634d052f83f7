package dev.darkroom.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.tokenizer.BytePairTrainer;
import dev.darkroom.testing.Checkout;
import dev.darkroom.trainer.data.Bucket;
import dev.darkroom.trainer.data.Example;
import dev.darkroom.trainer.data.FashionFiles;
import dev.darkroom.trainer.data.FashionMnist;
import dev.darkroom.trainer.data.HoldOut;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.data.Picture;
import dev.darkroom.trainer.graph.OptimizerOptions;
import dev.darkroom.trainer.loop.LearningRate;
import dev.darkroom.trainer.loop.TrainingLoop;
import dev.darkroom.trainer.stage.ClipSettings;
import dev.darkroom.trainer.stage.ClipStage;
import dev.darkroom.trainer.stage.TokenizerWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the bundled checkpoint, on squares whose brightness tells their class. */
class CheckpointEvaluationTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
    private static final EvaluationOptions OPTIONS =
            new EvaluationOptions(List.of(1.0, 2.0), 8, 2, 2, SamplerName.DDIM, 2, 3, 16);

    private static final int STEPS = 20;

    @TempDir static Path folder;
    private static OpenedCheckpoint checkpoint;
    private static HoldOut squares;

    private final List<String> phases = new ArrayList<>();
    private final List<Long> trained = new ArrayList<>();

    @BeforeAll
    static void open() throws IOException {
        checkpoint =
                OpenedCheckpoint.open(
                        Checkout.bundledModel(),
                        new ModelName("fashion-sd"),
                        Files.createDirectory(folder.resolve("work")),
                        InstantSource.fixed(NOW),
                        (done, total) -> {});
        FashionFiles.write(folder, "train", false, greys(60));
        FashionFiles.write(folder, "t10k", false, greys(30));
        FashionMnist.Settings settings = FashionMnist.Settings.standard();
        squares =
                new HoldOut(
                        FashionMnist.read(folder, FashionMnist.Split.TRAIN, settings),
                        FashionMnist.read(folder, FashionMnist.Split.TEST, settings));
    }

    private static int[] greys(int count) {
        return IntStream.range(0, count).map(i -> 25 * (i % 10 + 1)).toArray();
    }

    @AfterAll
    static void close() {
        if (checkpoint != null) {
            checkpoint.close();
        }
    }

    @Test
    void measuresEverythingOrSaysWhyNotAndStandsBesideItsParent() throws Exception {
        EvaluationReport parent = evaluate(squares, EvaluationAids.NONE).report();
        // Trained once: the second evaluation finds the classifier of the first.
        assertThat(trained).hasSize(STEPS);
        EvaluatedCheckpoint child = evaluate(squares, EvaluationAids.NONE.withParent(parent));

        assertComplete(child.report());
        assertThat(measured(child.report()))
                .contains(
                        Measure.FRECHET_CLASSIFIER,
                        Measure.CLASS_AGREEMENT,
                        Measure.COLOUR_AGREEMENT,
                        Measure.DIVERSITY);
        assertThat(child.report().judge()).startsWith("classifier ").isEqualTo(parent.judge());
        assertThat(child.report().scores()).isEqualTo(parent.scores());
        assertThat(child.report().parent()).contains(parent.asParent());
        assertThat(trained).hasSize(STEPS);
        assertThat(phases).contains("making pictures at guidance 2");

        Path written = folder.resolve("report");
        child.write(written);
        String page = Files.readString(written.resolve(ReportPage.FILE));
        assertWellFormedAlone(page);
        assertThat(page).contains("ankle boot, blue", "Trained from", parent.judge());
        assertThat(
                        Json.read(
                                Files.readAllBytes(written.resolve(EvaluationReport.FILE)),
                                EvaluationReport.class))
                .isEqualTo(child.report());
    }

    @Test
    void measuresByClipWhereThereAreNoClasses() throws IOException {
        Path clip = clip();
        ImageDataset unnamed = new WithoutClasses(squares.heldOut());
        EvaluationReport report =
                evaluate(
                                new HoldOut(unnamed, unnamed),
                                EvaluationAids.NONE.withOwnClip(clip).withImportedClip(clip))
                        .report();

        assertComplete(report);
        assertThat(measured(report))
                .containsExactlyInAnyOrder(
                        Measure.FRECHET_CLIP,
                        Measure.DIVERSITY_CLIP,
                        Measure.CLIP_OWN,
                        Measure.CLIP_IMPORTED,
                        Measure.COLOUR_AGREEMENT);
        assertThat(report.judge()).startsWith("CLIP ");
        assertThat(report.notMeasured())
                .contains(
                        new EvaluationReport.NotMeasured(
                                Measure.CLASS_AGREEMENT.title(), "the data has no classes"));
    }

    /** Of two steps. */
    private static Path clip() throws IOException {
        BytePairTrainer trainer = new BytePairTrainer();
        squares.training().captions().forEach(caption -> trainer.add(caption, 1));
        TokenizerWriter.write(trainer.train(600), 20, folder.resolve("tokenizer"));
        ObjectNode network =
                (ObjectNode)
                        Json.tree(
                                """
                                {"projection_dim": 16,
                                 "text_config": {"hidden_size": 16, "intermediate_size": 32,
                                    "num_hidden_layers": 1, "num_attention_heads": 2},
                                 "vision_config": {"hidden_size": 16, "intermediate_size": 32,
                                    "num_hidden_layers": 1, "num_attention_heads": 2,
                                    "image_size": 32, "patch_size": 8}}
                                """
                                        .getBytes(StandardCharsets.UTF_8));
        Path clip = folder.resolve(ClipStage.NAME);
        new ClipStage(
                        clip,
                        folder,
                        new ClipSettings(
                                network,
                                new OptimizerOptions(0.9, 0.98, 1e-6, 0.01, 1, 1, true),
                                0.5,
                                new LearningRate(1e-3, 1, 2, 0),
                                new TrainingLoop.Options(2, 8, 2, Duration.ofHours(1)),
                                8),
                        squares.training(),
                        squares.heldOut(),
                        1)
                .run(report -> {}, System::nanoTime, () -> false);
        return clip;
    }

    private EvaluatedCheckpoint evaluate(HoldOut data, EvaluationAids aids) {
        KeptClassifiers classifiers =
                new KeptClassifiers(
                        folder.resolve("judges"),
                        new ClassifierTraining(STEPS, 0.003, 1),
                        20,
                        report -> trained.add(report.step()));
        return new CheckpointEvaluation(OPTIONS, classifiers, phases::add)
                .run(checkpoint, data, aids, NOW);
    }

    /** Every measure is there at each guidance scale, or its absence is explained. */
    private static void assertComplete(EvaluationReport report) {
        Set<String> all = new HashSet<>(Stream.of(Measure.values()).map(Measure::title).toList());
        all.removeAll(measured(report).stream().map(Measure::title).toList());
        report.notMeasured().forEach(one -> all.remove(one.what()));
        assertThat(report.scores()).hasSize(OPTIONS.guidanceScales().size());
        assertThat(all).isEmpty();
        assertThat(report.scores())
                .allSatisfy(at -> assertThat(at.values().values()).allMatch(Double::isFinite));
    }

    private static Set<Measure> measured(EvaluationReport report) {
        Set<Measure> measured = EnumSet.allOf(Measure.class);
        report.scores().forEach(at -> measured.retainAll(at.values().keySet()));
        return measured;
    }

    /** Tags that HTML leaves open closed, the page is XML. */
    private static void assertWellFormedAlone(String page) throws Exception {
        String closed =
                page.replace("<!DOCTYPE html>", "")
                        .replaceAll("<(meta|img)( [^>]*)>", "<$1$2/>")
                        .replace("&nbsp;", " ")
                        .replace("&ndash;", "-");
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(closed.getBytes(StandardCharsets.UTF_8)));
        assertThat(page.replace("data:image/png", ""))
                .doesNotContain("http:", "https:", "<script", "<link", "url(");
    }

    /** The same pictures and captions as those of a folder, which have no classes. */
    private record WithoutClasses(ImageDataset whole) implements ImageDataset {
        @Override
        public int size() {
            return whole.size();
        }

        @Override
        public List<String> classes() {
            return List.of();
        }

        @Override
        public OptionalInt label(int index) {
            return OptionalInt.empty();
        }

        @Override
        public Bucket bucket(int index) {
            return whole.bucket(index);
        }

        @Override
        public Example example(int index, long draw) {
            Example labelled = whole.example(index, draw);
            Picture picture = labelled.picture();
            return new Example(picture, labelled.caption(), label(index));
        }

        @Override
        public List<String> captions() {
            return whole.captions();
        }
    }
}
