package dev.darkroom.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.testing.Checkout;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the bundled checkpoint, exported as a worker gets it. */
class EvaluationTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    @TempDir static Path folder;
    private static SavedCheckpoint checkpoint;

    @BeforeAll
    static void exportTheBundledCheckpoint() {
        Path target = folder.resolve("checkpoint");
        new DiffusersImporter(InstantSource.fixed(NOW))
                .importFolder(
                        Checkout.bundledModel(),
                        new ModelName("fashion-sd"),
                        ImportOptions.NONE,
                        target,
                        (done, total) -> {});
        checkpoint = SavedCheckpoint.open(target);
    }

    @AfterAll
    static void close() {
        if (checkpoint != null) {
            checkpoint.close();
        }
    }

    @Test
    void makesTheSamePicturesTogetherAsOneByOne() {
        List<String> prompts = List.of("a red bag", "a coat", "a blue sneaker");
        List<RgbImage> together = make(prompts, 5, options(12));
        List<RgbImage> inParts = make(prompts, 5, options(4));

        for (int i = 0; i < prompts.size(); i++) {
            RgbImage alone = make(List.of(prompts.get(i)), 5 + i, options(12)).get(0);
            assertThat(farthest(alone, together.get(i))).isLessThanOrEqualTo(1);
            assertThat(farthest(alone, inParts.get(i))).isLessThanOrEqualTo(1);
        }
        assertThat(farthest(together.get(0), together.get(1))).isGreaterThan(50);
    }

    @Test
    void measuresAtEachGuidanceScaleAndSaysWhatItCouldNot() {
        Map<String, double[]> palette = new LinkedHashMap<>();
        palette.put("red", new double[] {230, 25, 25});
        palette.put("blue", new double[] {40, 90, 230});
        Evaluation evaluation =
                new Evaluation(
                        options(12),
                        "none",
                        List.of(new ColourScorer(palette), new UnansweredScorer()),
                        Map.of(Measure.FRECHET_INCEPTION, "no Inception network was supplied"));
        List<Prompt> prompts =
                List.of(
                        new Prompt("a red bag", OptionalInt.empty()),
                        new Prompt("a blue coat", OptionalInt.empty()));
        List<Sample> real = new ArrayList<>();
        real.add(new Sample(prompts.get(0), new RgbImage(1, 1, new byte[] {100, 0, 0})));
        List<Double> shown = new ArrayList<>();

        EvaluationReport report =
                evaluation.run(
                        new CheckpointId(
                                new ModelName("fashion-sd"), new CheckpointVersion("0123456789ab")),
                        checkpoint.model(),
                        prompts,
                        new Samples(real, List.of()),
                        Optional.empty(),
                        Optional.empty(),
                        NOW,
                        made -> {
                            shown.add(made.getKey());
                            assertThat(made.getValue().each()).hasSize(2);
                            assertThat(made.getValue().repeated()).hasSize(1);
                            assertThat(made.getValue().repeated().get(0)).hasSize(2);
                        });

        assertThat(shown).containsExactly(1.0, 3.0);
        assertThat(report.score(3, Measure.COLOUR_AGREEMENT)).contains(1.0);
        assertThat(report.real()).containsEntry(Measure.COLOUR_AGREEMENT, 1.0);
        assertThat(report.notMeasured())
                .extracting(EvaluationReport.NotMeasured::why)
                .containsExactly(
                        "no Inception network was supplied",
                        "needs an answer",
                        "it was not measured before this evaluation");
    }

    private static final class UnansweredScorer implements Scorer {
        @Override
        public Measure measure() {
            return Measure.DIVERSITY;
        }

        @Override
        public Optional<Double> score(Samples samples) {
            return Optional.empty();
        }

        @Override
        public String needs() {
            return "an answer";
        }
    }

    private static List<RgbImage> make(List<String> prompts, long seed, EvaluationOptions options) {
        return checkpoint.model().make(prompts, seed, 2, options);
    }

    private static EvaluationOptions options(int rows) {
        return new EvaluationOptions(List.of(1.0, 3.0), 2, 1, 2, SamplerName.DDIM, 6, 3, rows);
    }

    private static int farthest(RgbImage a, RgbImage b) {
        int farthest = 0;
        for (int i = 0; i < a.pixels().length; i++) {
            farthest =
                    Math.max(farthest, Math.abs((a.pixels()[i] & 0xff) - (b.pixels()[i] & 0xff)));
        }
        return farthest;
    }
}
