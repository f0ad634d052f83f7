package dev.darkroom.platform.wiring;

import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import dev.darkroom.platform.registry.CanaryGuard;
import dev.darkroom.platform.registry.CheckpointRegistry;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import org.eclipse.microprofile.config.Config;

/**
 * The clients of this application, one of each, however many services it holds.
 *
 * <p>Whoever is given one of them finds the pool ready: {@link KafkaSettings} come after topics and
 * groups were made and checked, {@link ObjectStore} after its bucket was. All are singletons
 * without a proxy, since their classes are final.
 */
@Singleton
public class PlatformBeans {
    @Produces
    @Singleton
    PlatformSettings settings(Config config) {
        return PlatformSettings.from(config);
    }

    @Produces
    @Singleton
    KafkaSettings kafka(PlatformSettings settings) {
        Startup.retry(settings.startupTimeout(), () -> PoolTopology.ensure(settings.kafka()));
        return settings.kafka();
    }

    @Produces
    @Singleton
    ObjectStoreSettings storeSettings(PlatformSettings settings) {
        return settings.store();
    }

    @Produces
    @Singleton
    ObjectStore store(PlatformSettings settings) {
        ObjectStore store = new MinioObjectStore(settings.store());
        Startup.retry(settings.startupTimeout(), store::ensureBucket);
        Startup.retry(settings.startupTimeout(), store::requireConditionalWrites);
        return store;
    }

    void close(@Disposes ObjectStore store) {
        store.close();
    }

    @Produces
    @Singleton
    JobPublisher publisher(KafkaSettings kafka, PlatformSettings settings) {
        return new JobPublisher(kafka, settings.source());
    }

    void close(@Disposes JobPublisher publisher) {
        publisher.close();
    }

    @Produces
    @Singleton
    CheckpointRegistry registry(ObjectStore store, KafkaSettings kafka) {
        CheckpointRegistry registry = new CheckpointRegistry(store, kafka);
        registry.start();
        return registry;
    }

    void close(@Disposes CheckpointRegistry registry) {
        registry.close();
    }

    /** One for all services of a process; those that want it start and close it. */
    @Produces
    @Singleton
    CanaryGuard canaryGuard(
            KafkaSettings kafka,
            ObjectStore store,
            CheckpointRegistry registry,
            JobPublisher publisher) {
        return new CanaryGuard(
                kafka,
                store,
                registry,
                publisher,
                CanaryGuard.Settings.usual(ProcessName.ofHost("process")),
                Clock.systemUTC());
    }
}
