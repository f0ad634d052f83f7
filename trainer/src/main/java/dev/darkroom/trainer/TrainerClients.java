package dev.darkroom.trainer;

import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CanaryGuard;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.trainer.service.Surroundings;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** The process's clients, asked for only where there is a trainer to use them. */
@Singleton
class TrainerClients {
    private final Surroundings surroundings;
    private final CanaryGuard guard;

    @Inject
    TrainerClients(
            KafkaSettings kafka,
            ObjectStore store,
            CheckpointRegistry registry,
            JobPublisher publisher,
            CanaryGuard guard) {
        surroundings = new Surroundings(kafka, store, registry, publisher);
        this.guard = guard;
    }

    Surroundings surroundings() {
        return surroundings;
    }

    /** Not started. */
    CanaryGuard guard() {
        return guard;
    }
}
