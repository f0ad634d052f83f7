package dev.darkroom.worker.model;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.platform.registry.CheckpointRegistry;
import java.util.Optional;

/** What the pool's checkpoints are. */
public interface Checkpoints {
    /** The promotion that stands for a model. */
    Optional<Promotion> promotion(ModelName model);

    /** Whether the checkpoint exists. */
    boolean isPublished(CheckpointId checkpoint);

    CheckpointConfiguration configuration(CheckpointId checkpoint);

    /** The ones that the pool shares. */
    static Checkpoints of(CheckpointRegistry registry) {
        return new Checkpoints() {
            @Override
            public Optional<Promotion> promotion(ModelName model) {
                return registry.promotion(model);
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
