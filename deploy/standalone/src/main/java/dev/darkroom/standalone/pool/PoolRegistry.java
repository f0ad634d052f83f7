package dev.darkroom.standalone.pool;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.platform.wiring.PlatformSettings;
import java.util.Optional;

/** A pool's checkpoints, reached from beside it. Whoever opens it closes it. */
record PoolRegistry(ObjectStore store, CheckpointRegistry checkpoints) implements AutoCloseable {
    /** Connects; needs broker and store, but no worker. */
    static PoolRegistry open(PlatformSettings settings) {
        ObjectStore store = new MinioObjectStore(settings.store());
        try {
            store.ensureBucket();
            PoolTopology.ensure(settings.kafka());
            CheckpointRegistry checkpoints = new CheckpointRegistry(store, settings.kafka());
            checkpoints.start();
            return new PoolRegistry(store, checkpoints);
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    /**
     * @param version the one that serves the model where none is named
     * @throws DarkroomException UNKNOWN_MODEL where none is named and none serves
     */
    CheckpointId find(ModelName model, Optional<CheckpointVersion> version) {
        return version.map(known -> new CheckpointId(model, known))
                .or(() -> checkpoints.promoted(model))
                .orElseThrow(
                        () ->
                                new DarkroomException(
                                        ErrorCode.UNKNOWN_MODEL,
                                        "no version of " + model + " serves"));
    }

    @Override
    public void close() {
        checkpoints.close();
        store.close();
    }
}
