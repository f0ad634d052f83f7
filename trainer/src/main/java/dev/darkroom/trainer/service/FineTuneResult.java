package dev.darkroom.trainer.service;

import dev.darkroom.contract.training.Score;
import dev.darkroom.contract.training.TrainingProvenance;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a training has made.
 *
 * @param checkpoint folder in the diffusers layout
 * @param recipe every setting that it used
 * @param steps of the optimizer
 * @param losses along the way, few enough to be read
 * @param scores of the new checkpoint, the validation loss among them
 * @param parentScores the same of the parent, measured in the same way
 * @param report a folder of files to lie beside the checkpoint; with {@code index.html} where
 *     pictures were drawn and measured
 */
public record FineTuneResult(
        Path checkpoint,
        Map<String, Object> recipe,
        long steps,
        List<TrainingProvenance.Loss> losses,
        List<Score> scores,
        List<Score> parentScores,
        Optional<Path> report) {
    public FineTuneResult {
        losses = List.copyOf(losses);
        scores = List.copyOf(scores);
        parentScores = List.copyOf(parentScores);
    }
}
