package dev.darkroom.trainer.service;

import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.lease.Leases;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;

/**
 * The clients that a trainer shares with the rest of the process, which has made topics and bucket
 * and closes the clients.
 */
public record Surroundings(
        KafkaSettings kafka,
        ObjectStore store,
        CheckpointRegistry registry,
        JobPublisher publisher) {
    /** Leases in a trainer's name. */
    Leases leases(TrainerOptions options) {
        return new Leases(store, options.name(), options.timeToLive(), System::nanoTime);
    }
}
