package dev.darkroom.worker;

import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CanaryGuard;
import dev.darkroom.platform.registry.CheckpointRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** The process's clients, asked for only where there is a worker to use them. */
@Singleton
class WorkerClients {
    private final Worker.Surroundings surroundings;
    private final CanaryGuard guard;

    @Inject
    WorkerClients(
            KafkaSettings kafka,
            ObjectStore store,
            CheckpointRegistry registry,
            JobPublisher publisher,
            CanaryGuard guard) {
        surroundings = new Worker.Surroundings(kafka, store, registry, publisher);
        this.guard = guard;
    }

    Worker.Surroundings surroundings() {
        return surroundings;
    }

    /** Not started. */
    CanaryGuard guard() {
        return guard;
    }
}
