package dev.darkroom.worker;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.platform.wiring.PlatformSettings;
import dev.darkroom.testing.EmbeddedStack;
import dev.darkroom.testing.Interposed;
import dev.darkroom.worker.generate.ActivationBudget;
import dev.darkroom.worker.intake.Backoff;
import dev.darkroom.worker.intake.JobObserver;
import dev.darkroom.worker.model.ModelPool;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A pool on the embedded broker and store, with the bundled model promoted. */
final class PoolFixture implements AutoCloseable {
    /** Short, so that jobs of some seconds outlast it. */
    static final int LOCK_SECONDS = 2;

    private static final int MAX_BATCH = 64;
    private static final int ACTIVATION_MEGABYTES = 2048;

    /** What its workers go by. */
    static final ActivationBudget BUDGET = new ActivationBudget(ACTIVATION_MEGABYTES, MAX_BATCH);

    final KafkaSettings kafka;
    final ObjectStore store;
    final CheckpointRegistry registry;
    final JobPublisher publisher;
    final Collection<JobEvent> events = new ConcurrentLinkedQueue<>();

    final AtomicInteger ended = new AtomicInteger();
    final List<CheckpointEvent> checkpointEvents = new CopyOnWriteArrayList<>();

    /** Calls that failed. */
    final AtomicInteger storeFailures = new AtomicInteger();

    final List<TopicRecord> dead = new CopyOnWriteArrayList<>();
    private final TopicReader reader;

    private PoolFixture(String bootstrapServers, URI endpoint, UnaryOperator<ObjectStore> around) {
        this(
                new KafkaSettings(bootstrapServers, Map.of(), 1, 1, LOCK_SECONDS),
                new ObjectStoreSettings(
                        endpoint,
                        "us-east-1",
                        "darkroom",
                        EmbeddedStack.ACCESS_KEY,
                        EmbeddedStack.SECRET_KEY),
                around);
    }

    private PoolFixture(
            KafkaSettings queue, ObjectStoreSettings bucket, UnaryOperator<ObjectStore> around) {
        kafka = queue;
        PoolTopology.ensure(kafka);
        store = counted(around.apply(new MinioObjectStore(bucket)));
        store.ensureBucket();
        registry = new CheckpointRegistry(store, kafka);
        registry.start();
        publisher = new JobPublisher(kafka, "/darkroom/test");
        reader =
                new TopicReader(
                        kafka,
                        List.of(Topics.JOB_EVENTS, Topics.DEAD_JOBS, Topics.CHECKPOINT_EVENTS),
                        this::read);
        reader.start();
    }

    static PoolFixture start() {
        EmbeddedStack stack = EmbeddedStack.shared();
        return on(stack.bootstrapServers(), stack.storeEndpoint());
    }

    private ObjectStore counted(ObjectStore real) {
        return Interposed.as(
                ObjectStore.class,
                (method, arguments) -> {
                    try {
                        return Interposed.call(real, method, arguments);
                    } catch (Throwable e) {
                        storeFailures.incrementAndGet();
                        throw e;
                    }
                });
    }

    /** A new pool on other servers. */
    static PoolFixture on(String bootstrapServers, URI endpoint) {
        return promoted(new PoolFixture(bootstrapServers, endpoint, UnaryOperator.identity()));
    }

    /** A new pool as services are told of it. */
    static PoolFixture on(PlatformSettings settings) {
        return promoted(
                new PoolFixture(settings.kafka(), settings.store(), UnaryOperator.identity()));
    }

    private static PoolFixture promoted(PoolFixture pool) {
        BundledCheckpoint checkpoint = BundledCheckpoint.shared();
        pool.registry.publish(checkpoint.folder());
        pool.registry.promote(checkpoint.manifest().id());
        return pool;
    }

    /**
     * A pool that is there, as another process sees it; without the bundled model on new servers.
     */
    static PoolFixture join(String bootstrapServers, String endpoint) {
        return join(bootstrapServers, endpoint, UnaryOperator.identity());
    }

    /**
     * @param around what stands between the pool and its store
     */
    static PoolFixture join(
            String bootstrapServers, String endpoint, UnaryOperator<ObjectStore> around) {
        return new PoolFixture(bootstrapServers, URI.create(endpoint), around);
    }

    Worker worker(String name, int slots, Path cache) {
        return worker(name, slots, cache, Jobs.MODEL);
    }

    Worker worker(String name, int slots, Path cache, ModelName defaultModel) {
        return worker(name, OptionalInt.of(slots), cache, defaultModel, UnaryOperator.identity());
    }

    /**
     * @param loading puts something in the place of what loads checkpoints
     */
    Worker worker(
            String name,
            OptionalInt slots,
            Path cache,
            ModelName defaultModel,
            UnaryOperator<ModelPool.Loader> loading) {
        return worker(
                name,
                slots,
                cache,
                defaultModel,
                loading,
                Duration.ofMinutes(10),
                JobObserver.none());
    }

    /**
     * @param silence after which what shows no sign of life is given up
     */
    Worker worker(
            String name,
            OptionalInt slots,
            Path cache,
            ModelName defaultModel,
            UnaryOperator<ModelPool.Loader> loading,
            Duration silence,
            JobObserver observer) {
        return new Worker(
                new Worker.Surroundings(kafka, store, registry, publisher),
                new WorkerOptions(
                        name,
                        slots,
                        MAX_BATCH,
                        cache,
                        5,
                        ACTIVATION_MEGABYTES,
                        2,
                        Duration.ofSeconds(20),
                        silence,
                        2,
                        defaultModel,
                        "Darkroom test",
                        new Backoff(Duration.ofMillis(200), Duration.ofSeconds(2))),
                observer,
                loading);
    }

    private void read(TopicRecord record) {
        if (record.topic().equals(Topics.DEAD_JOBS)) {
            dead.add(record);
        } else if (record.topic().equals(Topics.CHECKPOINT_EVENTS)) {
            checkpointEvents.add(Json.read(record.value().orElseThrow(), CheckpointEvent.class));
        } else {
            JobEvent event = Json.read(record.value().orElseThrow(), JobEvent.class);
            events.add(event);
            if (event.isFinal()) {
                ended.incrementAndGet();
            }
        }
    }

    List<JobEvent> events(JobId job) {
        return events.stream().filter(event -> event.jobId().equals(job)).toList();
    }

    <T extends JobEvent> List<T> events(JobId job, Class<T> type) {
        return events(job).stream().filter(type::isInstance).map(type::cast).toList();
    }

    JobEvent awaitEnd(JobId job) {
        Await.until(() -> events(job).stream().anyMatch(JobEvent::isFinal));
        return events(job).stream().filter(JobEvent::isFinal).findFirst().orElseThrow();
    }

    Optional<ResultManifest> result(JobId job) {
        return store.find(ObjectKeys.result(job))
                .map(bytes -> Json.read(bytes, ResultManifest.class));
    }

    @Override
    public void close() {
        reader.close();
        registry.close();
        publisher.close();
        store.close();
    }
}
