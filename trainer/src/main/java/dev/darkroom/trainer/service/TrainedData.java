package dev.darkroom.trainer.service;

import dev.darkroom.contract.training.TrainingId;

/** What a data set was when it was last trained on, and the training. */
record TrainedData(String fingerprint, TrainingId training) {}
