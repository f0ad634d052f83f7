package dev.darkroom.standalone.command;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import java.util.Optional;

/**
 * A checkpoint of the pool as a person names it: {@code fashion-sd} or {@code
 * fashion-sd@0123456789ab}.
 *
 * @param version none: the one that serves
 */
record NamedCheckpoint(ModelName model, Optional<CheckpointVersion> version) {
    /**
     * @throws dev.darkroom.contract.error.DarkroomException INVALID_REQUEST where it names none
     */
    static NamedCheckpoint parse(String text) {
        int at = text.indexOf('@');
        return at < 0
                ? new NamedCheckpoint(new ModelName(text), Optional.empty())
                : new NamedCheckpoint(
                        new ModelName(text.substring(0, at)),
                        Optional.of(new CheckpointVersion(text.substring(at + 1))));
    }

    @Override
    public String toString() {
        return version.map(known -> model + "@" + known).orElse(model.value());
    }
}
