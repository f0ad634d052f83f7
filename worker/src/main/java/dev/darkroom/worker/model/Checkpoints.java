package dev.darkroom.worker.model;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.platform.registry.CheckpointRegistry;
import java.util.Optional;

/** Which checkpoint a job gets, and what it can do. */
public interface Checkpoints {
    /** The checkpoint that serves a model. */
    Optional<CheckpointId> promoted(ModelName model);

    /** Whether the checkpoint exists. */
    boolean isPublished(CheckpointId checkpoint);

    CheckpointConfiguration configuration(CheckpointId checkpoint);

    /**
     * @param pinned the version that a job insists on
     * @throws DarkroomException {@link ErrorCode#UNKNOWN_MODEL}
     */
    default CheckpointId choose(ModelName model, Optional<CheckpointVersion> pinned) {
        if (pinned.isEmpty()) {
            return promoted(model)
                    .orElseThrow(
                            () ->
                                    new DarkroomException(
                                            ErrorCode.UNKNOWN_MODEL,
                                            "no checkpoint serves the model " + model));
        }
        CheckpointId checkpoint = new CheckpointId(model, pinned.get());
        if (!isPublished(checkpoint)) {
            throw new DarkroomException(
                    ErrorCode.UNKNOWN_MODEL, "there is no checkpoint " + checkpoint);
        }
        return checkpoint;
    }

    /** The ones that the pool shares. */
    static Checkpoints of(CheckpointRegistry registry) {
        return new Checkpoints() {
            @Override
            public Optional<CheckpointId> promoted(ModelName model) {
                return registry.promoted(model);
            }

            @Override
            public boolean isPublished(CheckpointId checkpoint) {
                return registry.manifest(checkpoint).isPresent();
            }

            @Override
            public CheckpointConfiguration configuration(CheckpointId checkpoint) {
                return registry.configuration(checkpoint);
            }
        };
    }
}
