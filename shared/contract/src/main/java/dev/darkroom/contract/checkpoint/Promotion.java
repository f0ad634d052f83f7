package dev.darkroom.contract.checkpoint;

import java.time.Instant;

/**
 * A record of the compacted checkpoint topic (key: the model's name): from now on this version
 * serves the model.
 */
public record Promotion(ModelName model, CheckpointVersion version, Instant promotedAt) {
    public CheckpointId id() {
        return new CheckpointId(model, version);
    }
}
