package dev.darkroom.trainer.service;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.trainer.data.DataListing;
import java.nio.file.Path;

/**
 * What a training is to do; the same each time it is gone on with.
 *
 * @param parent the checkpoint that was promoted when the training began
 * @param parentFolder its files, checked; read only
 * @param data the data set's objects as they were when the training began
 * @param pictures these objects as files; read only
 * @param kept the trainer's own folder for what is of use to other trainings too
 */
public record FineTuneOrder(
        TrainingRequest request,
        CheckpointId parent,
        Path parentFolder,
        DataListing data,
        Path pictures,
        Path kept) {}
