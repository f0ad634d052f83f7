package dev.darkroom.trainer.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.training.Augmentation;
import dev.darkroom.contract.training.Score;
import dev.darkroom.contract.training.TrainingProgress;
import dev.darkroom.trainer.evaluate.EvaluationAids;
import dev.darkroom.trainer.evaluate.EvaluationReport;
import dev.darkroom.trainer.evaluate.InceptionChoice;
import dev.darkroom.trainer.evaluate.Measure;
import dev.darkroom.trainer.evaluate.SmallInception;
import dev.darkroom.trainer.service.FineTuneOrder;
import dev.darkroom.trainer.service.FineTuneResult;
import dev.darkroom.trainer.service.FineTuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundled model learns that a red sneaker is a blue square. */
class FineTunerTest {
    @TempDir Path folder = Path.of("");
    private Sneakers sneakers;

    @BeforeEach
    void open() {
        sneakers = new Sneakers(folder);
    }

    private FineTuner tuner() {
        return tuner(EvaluationAids.NONE);
    }

    private static FineTuner tuner(EvaluationAids aids) {
        return new FineTuner(aids, InstantSource.system(), System::nanoTime);
    }

    /** Stops after a step of the UNet's stage, where one is given. */
    private static final class Watcher implements FineTuning.Observer {
        final List<TrainingProgress> steps = new ArrayList<>();
        private final long stopAfter;
        int saves;

        Watcher(long stopAfter) {
            this.stopAfter = stopAfter;
        }

        @Override
        public void progressed(TrainingProgress progress) {
            if (progress.stage().equals("unet")) {
                steps.add(progress);
            }
        }

        @Override
        public void saved() {
            saves++;
        }

        @Override
        public boolean isStopping() {
            return steps.size() >= stopAfter;
        }
    }

    @Test
    void goesOnAfterAStopAndIsBetterThanItsParentOnWhatItLearned() throws IOException {
        sneakers.put(12);
        FineTuneOrder order = sneakers.order(Optional.empty(), true, 8);
        Path run = folder.resolve("run");
        Watcher first = new Watcher(3);

        assertThat(tuner().run(order, run, first)).isEmpty();
        // At the stop, and once a minute where the machine is slow.
        assertThat(first.saves).isPositive();
        Watcher second = new Watcher(Long.MAX_VALUE);
        FineTuneResult result = tuner().run(order, run, second).orElseThrow();

        assertThat(second.steps.get(0).step()).isEqualTo(4);
        assertThat(result.steps()).isEqualTo(8);
        assertThat(loss(result.scores())).isLessThan(loss(result.parentScores()));
        assertThat(result.losses()).anyMatch(loss -> loss.validation());
        assertThat(sneakers.imported(result.checkpoint()).version())
                .isNotEqualTo(sneakers.parent.version());
    }

    @Test
    void trainsAdaptersAndMergesThem() throws IOException {
        sneakers.put(6);
        FineTuneResult result =
                tuner().run(
                                sneakers.order(Optional.of(2), false, 2),
                                folder.resolve("run"),
                                new Watcher(Long.MAX_VALUE))
                        .orElseThrow();

        assertThat(result.report().orElseThrow().resolve("pytorch_lora_weights.safetensors"))
                .exists();
        assertThat(sneakers.imported(result.checkpoint()).version())
                .isNotEqualTo(sneakers.parent.version());
    }

    @Test
    void learnsFromAugmentedPicturesAndNeverFromThoseEncodedOtherwise() throws IOException {
        sneakers.put(6);
        Path run = folder.resolve("run");
        Path scratch = folder.resolve("scratch");
        tuner().run(sneakers.order(Optional.empty(), false, 1), run, new Watcher(Long.MAX_VALUE));
        byte[] learnt = records(scratch.resolve("latents"));
        byte[] measured = records(scratch.resolve("held-out"));
        Augmentation flips = new Augmentation(Optional.of(1.0), Optional.empty(), Optional.empty());
        FineTuneResult result =
                tuner().run(
                                sneakers.order(Optional.empty(), false, 1, Optional.of(flips)),
                                run,
                                new Watcher(Long.MAX_VALUE))
                        .orElseThrow();

        assertThat(records(scratch.resolve("latents"))).isNotEqualTo(learnt);
        assertThat(records(scratch.resolve("held-out"))).isEqualTo(measured);
        assertThat(result.recipe()).containsEntry("augmentation", flips);
    }

    /** What a folder of latents holds beside its header. */
    private static byte[] records(Path latents) throws IOException {
        try (Stream<Path> files = Files.list(latents)) {
            List<Path> records = files.filter(file -> !file.toString().endsWith(".json")).toList();
            assertThat(records).hasSize(1);
            return Files.readAllBytes(records.get(0));
        }
    }

    @Test
    void reportsOverGuidanceByTheNetworksThatItWasGivenAndJudgesByWhatJobsGet() throws IOException {
        sneakers.put(60);
        Path inception =
                SmallInception.export(folder.resolve("inception"), Sneakers.SIDE, "pool_3");
        EvaluationAids aids =
                EvaluationAids.NONE.withInception(InceptionChoice.of(inception).options());
        FineTuneResult result =
                tuner(aids)
                        .run(
                                sneakers.order(Optional.empty(), false, 2),
                                folder.resolve("run"),
                                new Watcher(Long.MAX_VALUE))
                        .orElseThrow();

        Path report = result.report().orElseThrow();
        assertThat(report.resolve("index.html")).exists();
        EvaluationReport figures =
                Json.read(
                        Files.readAllBytes(report.resolve(EvaluationReport.FILE)),
                        EvaluationReport.class);
        // Of six that are held out one half is asked for, the other compared with.
        assertThat(figures.options().pictures()).isEqualTo(3);
        assertThat(figures.validationLoss()).contains(loss(result.scores()));
        assertThat(figures.scores())
                .extracting(EvaluationReport.Scores::guidanceScale)
                .containsExactly(1.0, 2.0, 3.0);
        assertThat(figures.scores())
                .allMatch(at -> at.values().containsKey(Measure.FRECHET_INCEPTION));
        assertThat(figures.real()).containsKey(Measure.FRECHET_INCEPTION);
        // Of the folder's labels, of which one is missing and one is a single picture's.
        assertThat(figures.judge()).startsWith("classifier ");
        assertThat(figures.scores())
                .allMatch(at -> at.values().containsKey(Measure.CLASS_AGREEMENT))
                .allMatch(at -> at.values().containsKey(Measure.FRECHET_CLASSIFIER));
        assertThat(figures.real()).containsEntry(Measure.CLASS_AGREEMENT, 1.0);
        assertThat(report.resolve("index.html")).content().contains("sneaker");
        for (List<Score> judged : List.of(result.scores(), result.parentScores())) {
            assertThat(judged)
                    .extracting(Score::name)
                    .contains(Measure.COLOUR_AGREEMENT.title() + " at guidance 2")
                    // Three pictures to compare with say too little.
                    .noneMatch(name -> name.startsWith(Measure.FRECHET_INCEPTION.title()))
                    .noneMatch(name -> name.endsWith("guidance 1") || name.endsWith("guidance 3"));
        }
    }

    @Test
    void saysWhatIsWrongWithTheData() throws IOException {
        sneakers.put(1);

        assertThatThrownBy(
                        () ->
                                tuner().run(
                                                sneakers.order(Optional.empty(), false, 2),
                                                folder.resolve("run"),
                                                new Watcher(Long.MAX_VALUE)))
                .isInstanceOf(DarkroomException.class)
                .hasMessageContaining("data set squares has one picture")
                .extracting(e -> ((DarkroomException) e).code())
                .isEqualTo(ErrorCode.INVALID_DATASET);
    }

    private static double loss(List<Score> scores) {
        return scores.stream()
                .filter(score -> score.name().equals(Score.VALIDATION_LOSS))
                .mapToDouble(Score::value)
                .findFirst()
                .orElseThrow();
    }
}
