package dev.darkroom.trainer.service;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.training.TrainingRequest;
import java.nio.file.Path;

/**
 * What a training is to do; the same each time it is gone on with.
 *
 * @param parent the checkpoint that was promoted when the training began
 * @param parentFolder its files, checked; read only
 * @param data the data set's objects as they were when the training began
 */
public record FineTuneOrder(
        TrainingRequest request, CheckpointId parent, Path parentFolder, DataListing data) {}
