package dev.darkroom.contract.checkpoint;

/** A model at a version: names one immutable checkpoint. */
public record CheckpointId(ModelName model, CheckpointVersion version) {
    @Override
    public String toString() {
        return model + "@" + version;
    }
}
