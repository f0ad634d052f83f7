package dev.darkroom.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packaged services, each a process of its own, and how it ends where it must. */
class ServicesSystemTest {
    private static final ModelName MODEL = new ModelName("fashion-sd");
    private static final Pattern DEBUGGED = Pattern.compile("dt_socket at address: ([0-9]+)");
    private static final EmbeddedStack STACK = EmbeddedStack.shared();
    private static final KafkaSettings KAFKA =
            new KafkaSettings(STACK.bootstrapServers(), Map.of(), 1, 1, 5);

    @TempDir private Path folder;

    @Test
    void producerThatOthersReachDoesNotStartWithoutKeys() throws Exception {
        Service producer = new Service("producer", folder, bucket("keyless"));

        Darkroom.Ended ended =
                producer.start(List.of(), Map.of("QUARKUS_HTTP_HOST", "0.0.0.0")).await();

        assertThat(ended.code()).as(ended.out()).isEqualTo(1);
        assertThat(ended.out() + ended.err())
                .contains("quarkus.http.host is 0.0.0.0 and there are no API keys")
                .contains("darkroom keys create");
    }

    @Test
    void workerWhoseJobStandsStillEndsForItsSupervisor() throws Exception {
        Service service = new Service("worker", folder, bucket("hanging"));
        Map<String, String> settings =
                Map.of(
                        "DARKROOM_WORKER_SLOTS", "1",
                        "DARKROOM_WORKER_CACHE", folder.resolve("cache").toString(),
                        "DARKROOM_WORKER_HANG_MINUTES", "1",
                        "DARKROOM_WORKER_GRACE_SECONDS", "1");
        List<JobEvent> events = new CopyOnWriteArrayList<>();
        try (Pool pool = new Pool("hanging");
                TopicReader reader = pool.follow(events)) {
            reader.start();
            pool.serve(folder.resolve("checkpoint"));
            Darkroom.Running worker =
                    service.start(
                            List.of(
                                    "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,"
                                            + "address=127.0.0.1:0"),
                            settings);
            try {
                GenerationJob job = pool.submit();
                Darkroom.await("the job runs", () -> has(events, JobEvent.Progress.class));
                standStill(worker);

                Darkroom.Ended ended = worker.await();

                assertThat(ended.code()).as(ended.out()).isEqualTo(75);
                assertThat(ended.out()).contains("no sign of life", "its supervisor starts it");
                Darkroom.Running next = service.start(List.of(), settings);
                try {
                    Darkroom.await("another has the job", () -> attempts(events).size() == 2);
                    assertThat(attempts(events)).containsExactly(1, 2);
                    assertThat(events).allMatch(event -> event.jobId().equals(job.id()));
                } finally {
                    next.kill();
                }
            } finally {
                worker.kill();
            }
        }
    }

    /**
     * Lets the thread that runs the job stand still as in native code: nothing gets it to go on.
     */
    private static void standStill(Darkroom.Running worker) throws Exception {
        Matcher port = DEBUGGED.matcher(worker.output());
        assertThat(port.find()).as(worker.output()).isTrue();
        AttachingConnector connector =
                Bootstrap.virtualMachineManager().attachingConnectors().stream()
                        .filter(any -> any.name().equals("com.sun.jdi.SocketAttach"))
                        .findFirst()
                        .orElseThrow();
        Map<String, Connector.Argument> arguments = connector.defaultArguments();
        arguments.get("hostname").setValue("127.0.0.1");
        arguments.get("port").setValue(port.group(1));
        VirtualMachine machine = connector.attach(arguments);
        ThreadReference thread =
                machine.allThreads().stream()
                        .filter(any -> any.name().endsWith("-0-job"))
                        .findFirst()
                        .orElseThrow();
        thread.suspend();
    }

    private static List<Integer> attempts(List<JobEvent> events) {
        return events.stream()
                .filter(JobEvent.Started.class::isInstance)
                .map(event -> ((JobEvent.Started) event).attempt())
                .toList();
    }

    private static boolean has(List<JobEvent> events, Class<? extends JobEvent> type) {
        return events.stream().anyMatch(type::isInstance);
    }

    private static Map<String, String> bucket(String name) {
        return Map.of(
                "DARKROOM_KAFKA_BOOTSTRAP_SERVERS",
                STACK.bootstrapServers(),
                "DARKROOM_STORE_ENDPOINT",
                STACK.storeEndpoint().toString(),
                "DARKROOM_STORE_ACCESS_KEY",
                EmbeddedStack.ACCESS_KEY,
                "DARKROOM_STORE_SECRET_KEY",
                EmbeddedStack.SECRET_KEY,
                "DARKROOM_STORE_BUCKET",
                name,
                "QUARKUS_HTTP_PORT",
                "0");
    }

    /** What the test itself does with the pool. */
    private static final class Pool implements AutoCloseable {
        private final ObjectStore store;
        private final CheckpointRegistry registry;
        private final JobPublisher publisher = new JobPublisher(KAFKA, "/darkroom/test");

        Pool(String bucket) {
            PoolTopology.ensure(KAFKA);
            store =
                    new MinioObjectStore(
                            new ObjectStoreSettings(
                                    STACK.storeEndpoint(),
                                    "us-east-1",
                                    bucket,
                                    EmbeddedStack.ACCESS_KEY,
                                    EmbeddedStack.SECRET_KEY));
            store.ensureBucket();
            registry = new CheckpointRegistry(store, KAFKA);
            registry.start();
        }

        void serve(Path checkpoint) throws IOException {
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

        TopicReader follow(List<JobEvent> events) {
            return new TopicReader(
                    KAFKA,
                    List.of(Topics.JOB_EVENTS),
                    record -> events.add(Json.read(record.value().orElseThrow(), JobEvent.class)));
        }

        /** One of a thousand steps. */
        GenerationJob submit() {
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
                            1,
                            Priority.NORMAL,
                            Optional.empty());
            publisher.submit(job, Optional.empty());
            return job;
        }

        @Override
        public void close() {
            publisher.close();
            registry.close();
            store.close();
        }
    }
}
