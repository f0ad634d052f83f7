package dev.darkroom.trainer.tuning;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.trainer.data.HoldOut;
import dev.darkroom.trainer.evaluate.CheckpointEvaluation;
import dev.darkroom.trainer.evaluate.EvaluatedCheckpoint;
import dev.darkroom.trainer.evaluate.EvaluationAids;
import dev.darkroom.trainer.evaluate.EvaluationOptions;
import dev.darkroom.trainer.evaluate.KeptClassifiers;
import dev.darkroom.trainer.evaluate.OpenedCheckpoint;
import dev.darkroom.trainer.loop.TrainingRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Evaluates parent and child in the same way, with the same prompts and noise, for the gate and for
 * people.
 *
 * @param model name of both
 * @param work an empty folder; removed by the caller
 * @param classifiers folder that keeps what judges
 * @param records of the training, by stage
 */
record TuningEvaluation(
        ModelName model,
        HoldOut data,
        Path work,
        Path classifiers,
        Map<String, List<TrainingRecord.Line>> records,
        InstantSource clock) {
    private static final int MOST_PICTURES = 64;
    private static final int REPEATS = 4;
    private static final long SEED = 1;

    /** Prompts that are asked for, and as many pictures more to compare with, are the least. */
    private static final int LEAST_HELD_OUT = 4;

    /** The reports of both. */
    record Pair(EvaluatedCheckpoint parent, EvaluatedCheckpoint child) {}

    /** Whether enough was held out to evaluate with. */
    boolean isPossible() {
        return data.heldOut().size() >= LEAST_HELD_OUT;
    }

    /**
     * @param parent in the diffusers layout
     * @param child likewise
     */
    Pair run(Path parent, double parentLoss, Path child, double childLoss) throws IOException {
        EvaluatedCheckpoint before = evaluate(parent, parentLoss, Optional.empty());
        EvaluatedCheckpoint after = evaluate(child, childLoss, Optional.of(before));
        return new Pair(before, after);
    }

    private EvaluatedCheckpoint evaluate(
            Path folder, double loss, Optional<EvaluatedCheckpoint> parent) throws IOException {
        Path own = Files.createTempDirectory(Files.createDirectories(work), "evaluated");
        try (OpenedCheckpoint checkpoint =
                OpenedCheckpoint.open(folder, model, own, clock, (done, total) -> {})) {
            return new CheckpointEvaluation(
                            options(checkpoint),
                            KeptClassifiers.in(classifiers, report -> {}),
                            phase -> {})
                    .run(
                            checkpoint,
                            data,
                            new EvaluationAids(
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.of(loss),
                                    parent.map(EvaluatedCheckpoint::report),
                                    parent.isPresent() ? records : Map.of()),
                            clock.instant());
        }
    }

    private EvaluationOptions options(OpenedCheckpoint checkpoint) {
        int pictures = Math.min(MOST_PICTURES, data.heldOut().size() - 2);
        SamplerName sampler = checkpoint.defaults().sampler();
        return new EvaluationOptions(
                List.of(checkpoint.defaults().guidanceScale()),
                pictures,
                Math.min(REPEATS, pictures),
                REPEATS,
                sampler,
                checkpoint.defaults().steps(),
                SEED,
                checkpoint.rows());
    }
}
