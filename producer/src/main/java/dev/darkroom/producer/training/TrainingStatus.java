package dev.darkroom.producer.training;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.training.TrainingOutcome;
import dev.darkroom.contract.training.TrainingProgress;
import dev.darkroom.contract.training.TrainingRequest;
import java.time.Instant;
import java.util.Optional;

/**
 * How far a training is.
 *
 * @param status waiting, running, or the outcome's result
 * @param since when that was last heard
 * @param trainer who works on it
 * @param parent the checkpoint that it starts from
 */
public record TrainingStatus(
        TrainingRequest request,
        String status,
        Instant since,
        Optional<String> trainer,
        Optional<CheckpointVersion> parent,
        Optional<TrainingProgress> progress,
        Optional<TrainingOutcome> outcome) {
    static TrainingStatus waiting(TrainingRequest request, Instant since) {
        return new TrainingStatus(
                request,
                "waiting",
                since,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}
