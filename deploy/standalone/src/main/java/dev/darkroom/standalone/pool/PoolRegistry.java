package dev.darkroom.standalone.pool;

import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.platform.wiring.PlatformSettings;

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

    @Override
    public void close() {
        checkpoints.close();
        store.close();
    }
}
