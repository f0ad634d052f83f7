package dev.darkroom.platform.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.Embedded;
import dev.darkroom.platform.Waiting;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TestJobs;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.testing.Interposed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** As many guards as a pool has processes, on a real broker and a real S3 server. */
@Timeout(90)
class CanaryGuardTest {
    private static final CanaryWatch.Rules QUICK =
            new CanaryWatch.Rules(
                    Duration.ofMinutes(30), Duration.ZERO, Duration.ofMinutes(30), 2, 3, 0.1);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir private Path folder;
    private final ModelName model = CheckpointFixture.newModel();
    private final List<CanaryGuard> guards = new ArrayList<>();
    private final List<CheckpointEvent> told = new CopyOnWriteArrayList<>();
    private ObjectStore store;
    private KafkaSettings kafka;
    private CheckpointRegistry registry;
    private JobPublisher publisher;
    private TopicReader reader;
    private CheckpointId parent;
    private CheckpointId child;

    @BeforeEach
    void hasAVersionThatServesAndOneToTry() throws IOException {
        store = Embedded.store("guarded");
        kafka = Embedded.kafka();
        registry = new CheckpointRegistry(store, kafka);
        registry.start();
        publisher = new JobPublisher(kafka, "/darkroom/test");
        reader =
                new TopicReader(
                        kafka,
                        List.of(Topics.CHECKPOINT_EVENTS),
                        record ->
                                told.add(
                                        Json.readTolerant(
                                                record.value().orElseThrow(),
                                                CheckpointEvent.class)));
        reader.start();
        parent = published(1);
        child = published(2);
        registry.promote(parent);
    }

    @AfterEach
    void closes() {
        guards.forEach(CanaryGuard::close);
        reader.close();
        publisher.close();
        registry.close();
        store.close();
    }

    private CheckpointId published(int seed) throws IOException {
        CheckpointFixture made =
                CheckpointFixture.write(folder.resolve("made-" + seed), model, seed);
        registry.publish(made.folder());
        return made.id();
    }

    private CanaryGuard guard(String name) {
        return guard(name, QUICK);
    }

    private CanaryGuard guard(String name, CanaryWatch.Rules rules) {
        return guard(name, rules, store);
    }

    private CanaryGuard guard(String name, CanaryWatch.Rules rules, ObjectStore seen) {
        CanaryGuard guard =
                new CanaryGuard(
                        kafka,
                        seen,
                        registry,
                        publisher,
                        new CanaryGuard.Settings(
                                name, rules, Duration.ofMillis(50), Duration.ofSeconds(2)),
                        Clock.systemUTC());
        guards.add(guard);
        guard.start();
        return guard;
    }

    private void job(boolean fails) {
        JobId id = JobId.of(UUID.randomUUID());
        GenerationJob job = TestJobs.of(id, model);
        Instant now = Instant.now();
        publisher.publish(
                new JobEvent.Started(id, now, "w", 1, child.version(), job), Optional.empty());
        publisher.publish(
                fails
                        ? new JobEvent.Failed(id, now, 1, ErrorCode.GENERATION_FAILED, "no picture")
                        : new JobEvent.Succeeded(id, now, 1, 1, ObjectKeys.result(id)),
                Optional.empty());
    }

    private Promotion standing() {
        return registry.promotion(model).orElseThrow();
    }

    private List<String> told() {
        return told.stream()
                .filter(event -> event.model().equals(model))
                .map(event -> event.type() + " " + event.version())
                .toList();
    }

    @Test
    void aCanaryWhoseJobsSucceedGetsAllJobs() {
        registry.promoteCanary(child, 10);
        guard("one");
        guard("two");
        for (int i = 0; i < 3; i++) {
            job(false);
        }

        Waiting.until(LIMIT, "the end of the trial", () -> standing().canary().isEmpty());

        assertThat(standing().id()).isEqualTo(child);
        assertThat(standing().history()).containsExactly(parent.version());
        Waiting.until(LIMIT, "two events", () -> told().size() >= 2);
        assertThat(told())
                .containsExactly("canary-ended " + child.version(), "promoted " + child.version());
    }

    @Test
    void aCanaryWhoseJobsFailIsTakenBack() {
        registry.promoteCanary(child, 10);
        guard("one");
        guard("two");
        job(true);
        job(true);

        Waiting.until(LIMIT, "the end of the trial", () -> standing().canary().isEmpty());

        assertThat(standing().id()).isEqualTo(parent);
        assertThat(standing().history()).isEmpty();
    }

    /** It stops reading jobs when nothing is on trial, and reads them again for the next. */
    @Test
    void countsJobsOnceThatItReadsTwice() {
        // What other tests have promoted is not watched, too.
        guard(
                "one",
                new CanaryWatch.Rules(
                        Duration.ofMinutes(30), Duration.ZERO, Duration.ZERO, 2, 3, 0.1));
        registry.promoteCanary(child, 10);
        job(true);
        Waiting.until(LIMIT, "jobs to be read", CanaryGuardTest::readsJobs);
        registry.rollBack(model);
        Waiting.until(LIMIT, "jobs to be read no more", () -> !readsJobs());

        registry.promoteCanary(child, 20);
        for (int i = 0; i < 12; i++) {
            job(false);
        }

        Waiting.until(LIMIT, "the end of the trial", () -> standing().canary().isEmpty());
        assertThat(standing().id()).as("one of thirteen failed").isEqualTo(child);
    }

    private static boolean readsJobs() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(
                        thread -> thread.getName().equals("darkroom-reader-" + Topics.JOB_EVENTS));
    }

    @Test
    void whatAWorkerRefusesIsTakenBack() {
        Promotion promoted = standing().followedBy(child.version(), Instant.now());
        registry.promote(promoted);
        publisher.publish(
                new CheckpointEvent.Refused(
                        model,
                        child.version(),
                        Instant.EPOCH,
                        "w",
                        ErrorCode.CORRUPT_CHECKPOINT,
                        "does not load",
                        Optional.of(promoted.promotedAt())));
        guard("one");
        guard("two");

        Waiting.until(LIMIT, "the way back", () -> standing().id().equals(parent));

        Waiting.until(LIMIT, "two events", () -> told().size() >= 2);
        assertThat(told())
                .containsExactly("refused " + child.version(), "rolled-back " + parent.version());
    }

    /** Between its decision and its act it takes the lease: then an operator is quicker. */
    @Test
    void whatIsPromotedMeanwhileIsNotTakenBack() throws IOException {
        CheckpointId third = published(3);
        registry.promote(child);
        AtomicBoolean intervened = new AtomicBoolean();
        ObjectStore seen =
                Interposed.as(
                        ObjectStore.class,
                        (method, arguments) -> {
                            Object result = Interposed.call(store, method, arguments);
                            if (method.getName().startsWith("put")
                                    && arguments[0]
                                            .toString()
                                            .startsWith(ObjectKeys.canaryLease(model))
                                    && !intervened.get()) {
                                registry.rollBack(model);
                                registry.promote(third);
                                intervened.set(true);
                            }
                            return result;
                        });
        CanaryGuard guard = guard("one", QUICK, seen);
        job(true);
        job(true);
        Waiting.until(LIMIT, "the guard to act", intervened::get);
        guard.close();

        assertThat(guard.isAlive()).isFalse();
        assertThat(standing().id()).isEqualTo(third);
        assertThat(standing().history()).containsExactly(parent.version());
    }

    @Test
    void servicesThatShareAProcessStartItOnce() {
        CanaryGuard guard = guard("both");

        guard.start();

        assertThat(guard.isAlive()).isTrue();
        guard.close();
        assertThat(guard.isAlive()).isFalse();
    }
}
