package dev.darkroom.producer.submit;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.Promotion;

/** A model with the checkpoint that serves it. */
public record ServedModel(Promotion promotion, CheckpointConfiguration configuration) {}
