package dev.darkroom.standalone.system;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.embedded.EmbeddedBroker;
import dev.darkroom.embedded.EmbeddedStore;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.EmbeddedStack;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A broker and a store of one test's own, for packaged services, and what the test itself does with
 * the pool. Gone with its folder.
 */
final class ServicePool implements AutoCloseable {
    private static final ModelName MODEL = new ModelName("fashion-sd");

    private final Path folder;
    private final EmbeddedBroker broker;
    private final EmbeddedStore server;
    private final KafkaSettings kafka;
    private final ObjectStore store;
    private final CheckpointRegistry registry;
    private final JobPublisher publisher;

    /**
     * @param lockSeconds how long a worker that says nothing keeps its job
     */
    ServicePool(Path folder, int lockSeconds) throws IOException {
        this.folder = folder;
        broker = EmbeddedBroker.start(folder.resolve("kafka"), 0, EmbeddedStack.BROKER_SETTINGS);
        server =
                EmbeddedStore.start(
                        folder.resolve("store"),
                        0,
                        EmbeddedStack.ACCESS_KEY,
                        EmbeddedStack.SECRET_KEY);
        kafka = new KafkaSettings(broker.bootstrapServers(), Map.of(), 1, 1, lockSeconds);
        PoolTopology.ensure(kafka);
        store =
                new MinioObjectStore(
                        new ObjectStoreSettings(
                                server.endpoint(),
                                "us-east-1",
                                "darkroom",
                                EmbeddedStack.ACCESS_KEY,
                                EmbeddedStack.SECRET_KEY));
        store.ensureBucket();
        registry = new CheckpointRegistry(store, kafka);
        registry.start();
        publisher = new JobPublisher(kafka, "/darkroom/test");
    }

    /** Environment variables of a service in it. */
    Map<String, String> settings() {
        return Map.of(
                "DARKROOM_KAFKA_BOOTSTRAP_SERVERS",
                broker.bootstrapServers(),
                "DARKROOM_KAFKA_LOCK_SECONDS",
                Integer.toString(kafka.lockSeconds()),
                "DARKROOM_STORE_ENDPOINT",
                server.endpoint().toString(),
                "DARKROOM_STORE_ACCESS_KEY",
                EmbeddedStack.ACCESS_KEY,
                "DARKROOM_STORE_SECRET_KEY",
                EmbeddedStack.SECRET_KEY,
                "QUARKUS_HTTP_PORT",
                "0");
    }

    /** Promotes the bundled model. */
    void serve() throws IOException {
        Path checkpoint = folder.resolve("checkpoint");
        var imported =
                new DiffusersImporter(Clock.systemUTC())
                        .importFolder(
                                Checkout.bundledModel(),
                                MODEL,
                                ImportOptions.NONE,
                                checkpoint,
                                (done, total) -> {});
        registry.publish(checkpoint);
        registry.promote(imported.id());
    }

    /** Reads all events, once it is started. */
    TopicReader follow(List<JobEvent> events) {
        return new TopicReader(
                kafka,
                List.of(Topics.JOB_EVENTS),
                record -> events.add(Json.read(record.value().orElseThrow(), JobEvent.class)));
    }

    /** One of a thousand steps. */
    GenerationJob submit(int pictures) {
        GenerationJob job =
                new GenerationJob(
                        JobId.of(UUID.randomUUID()),
                        TenantName.DEFAULT,
                        "a red sneaker",
                        "",
                        MODEL,
                        Optional.empty(),
                        32,
                        32,
                        1000,
                        SamplerName.EULER,
                        2,
                        7,
                        pictures,
                        Priority.NORMAL,
                        Optional.empty());
        publisher.submit(job, Optional.empty());
        return job;
    }

    ResultManifest result(JobId job) {
        return Json.read(store.find(ObjectKeys.result(job)).orElseThrow(), ResultManifest.class);
    }

    @Override
    public void close() throws IOException {
        publisher.close();
        registry.close();
        store.close();
        try (server;
                broker) {
            // Closed by the statement itself, broker first.
        }
    }
}
