package dev.darkroom.platform.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.PreviewRequest;
import dev.darkroom.contract.job.Deadline;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.embedded.EmbeddedBroker;
import dev.darkroom.platform.Waiting;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.kafka.RecordWriter;
import dev.darkroom.platform.kafka.TestJobs;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class DispatcherTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final TopicPartition JOBS = new TopicPartition(Topics.JOBS, 0);

    @TempDir private Path folder;

    private EmbeddedBroker broker;
    private KafkaSettings kafka;
    private JobPublisher publisher;
    private TopicReader reader;
    private final List<String> ready = new CopyOnWriteArrayList<>();
    private final List<String> cancelled = new CopyOnWriteArrayList<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<WaitingJob> expired = new CopyOnWriteArrayList<>();
    private volatile boolean eager;

    @BeforeEach
    void startsABroker() throws IOException {
        broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        kafka = new KafkaSettings(broker.bootstrapServers(), Map.of(), 1, 1, 30);
        PoolTopology.ensure(kafka);
        publisher = new JobPublisher(kafka, "/darkroom/test");
        reader = new TopicReader(kafka, List.of(Topics.READY), this::see);
        reader.start();
    }

    @AfterEach
    void stopsTheBroker() throws IOException {
        reader.close();
        publisher.close();
        broker.close();
    }

    /** Plays the workers, which begin whatever lies there. */
    private void see(TopicRecord record) {
        String id = record.key().orElseThrow();
        ready.add(id);
        if (eager) {
            begin(id);
        }
    }

    private void begin(String id) {
        publisher.publish(
                new JobEvent.Started(
                        new JobId(id),
                        Instant.now(),
                        "worker-1",
                        1,
                        new CheckpointVersion("0123456789ab"),
                        TestJobs.next()),
                Optional.empty());
    }

    /** Tells of those that were cancelled. */
    private Dispatcher.Ends ends(Consumer<WaitingJob> expiry) {
        return new Dispatcher.Ends() {
            @Override
            public void expire(WaitingJob job) {
                expiry.accept(job);
            }

            @Override
            public void tell(WaitingJob job) {
                asked.add(job.id().orElseThrow().value());
                if (cancelled.contains(job.id().orElseThrow().value())) {
                    publisher.publish(cancelled(job.id().orElseThrow().value()), Optional.empty());
                }
            }
        };
    }

    private static JobEvent cancelled(String id) {
        return new JobEvent.Cancelled(new JobId(id), Instant.now());
    }

    private Dispatcher dispatcher() {
        Dispatcher dispatcher = new Dispatcher(kafka, Clock.systemUTC(), ends(expired::add));
        dispatcher.start();
        return dispatcher;
    }

    private String submit(Priority priority) {
        return submit(TestJobs.of(priority, Optional.empty()));
    }

    private String submit(GenerationJob job) {
        publisher.submit(job, Optional.empty());
        return job.id().value();
    }

    private List<String> submit(int count, Priority priority) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(submit(priority));
        }
        return ids;
    }

    private void awaitReady(int count) {
        Waiting.until(SOON, count + " ready records", () -> ready.size() >= count);
    }

    @Test
    void putsOnlyAFewBeforeTheWorkersAndTheMostUrgentFirst() {
        List<String> low = submit(20, Priority.LOW);
        String high = submit(Priority.HIGH);
        try (Dispatcher dispatcher = dispatcher()) {
            awaitReady(FeedWindow.FIRST);
            assertThat(ready).first().isEqualTo(high);
            Waiting.until(SOON, "all to be known", () -> dispatcher.waiting() == 19);
            String late = submit(Priority.HIGH);
            Waiting.until(SOON, "it to be known", () -> dispatcher.waiting() == 20);
            assertThat(ready).containsExactly(high, low.get(0));

            begin(high);
            awaitReady(FeedWindow.FIRST + 1);
            assertThat(ready.get(2)).isEqualTo(late);
        }
    }

    @Test
    void whoTakesOverGoesOnWhereTheOtherEnded() {
        List<String> ids = submit(30, Priority.LOW);
        Dispatcher first = dispatcher();
        awaitReady(FeedWindow.FIRST);
        ids.add(submit(Priority.HIGH));
        int waiting = ids.size() - FeedWindow.FIRST;
        Waiting.until(SOON, "it to be known", () -> first.waiting() == waiting);
        begin(ready.get(0));
        awaitReady(FeedWindow.FIRST + 1);
        assertThat(ready).contains(ids.get(30));
        try (Dispatcher second = dispatcher()) {
            first.close();
            Waiting.until(SOON, "the other to take over", () -> second.waiting() > 0);
            eager = true;
            ready.forEach(this::begin);
            awaitReady(31);
            ids.add(submit(Priority.NORMAL));
            awaitReady(32);
            assertThat(ready).containsExactlyInAnyOrderElementsOf(ids);
        }
    }

    /** One that is killed has not kept its place: the ready records say what went on. */
    @Test
    void nothingGoesOnTwiceThoughThePlaceIsOld() throws Exception {
        eager = true;
        List<String> ids = submit(10, Priority.NORMAL);
        try (Dispatcher killed = dispatcher()) {
            awaitReady(10);
            assertThat(killed.waiting()).isZero();
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.alterConsumerGroupOffsets(
                            Topics.DISPATCH_GROUP, Map.of(JOBS, new OffsetAndMetadata(3, "2")))
                    .all()
                    .get();
        }
        try (Dispatcher next = dispatcher()) {
            ids.add(submit(Priority.NORMAL));
            awaitReady(11);
            assertThat(next.waiting()).isZero();
            assertThat(ready).containsExactlyElementsOf(ids);
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.deleteConsumerGroups(List.of(Topics.DISPATCH_GROUP)).all().get();
        }
        try (Dispatcher next = dispatcher()) {
            ids.add(submit(Priority.NORMAL));
            awaitReady(12);
            assertThat(next.waiting()).isZero();
            assertThat(ready).containsExactlyElementsOf(ids);
        }
    }

    /** Its offsets begin again, and the ready records name those of the old one. */
    @Test
    void jobsOfATopicThatWasMadeAnewGoOn() throws Exception {
        eager = true;
        List<String> ids = submit(3, Priority.NORMAL);
        try (Dispatcher before = dispatcher()) {
            awaitReady(3);
            assertThat(before.waiting()).isZero();
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.deleteTopics(List.of(Topics.JOBS)).all().get();
            Waiting.until(
                    SOON,
                    "the topic to be gone",
                    () -> {
                        try {
                            return !admin.listTopics().names().get().contains(Topics.JOBS);
                        } catch (InterruptedException | ExecutionException e) {
                            throw new IllegalStateException(e);
                        }
                    });
        }
        PoolTopology.ensure(kafka);
        ids.addAll(submit(5, Priority.NORMAL));
        try (Dispatcher after = dispatcher()) {
            awaitReady(8);
            assertThat(after.waiting()).isZero();
            assertThat(ready).containsExactlyElementsOf(ids);
        }
    }

    @Test
    void aJobThatEndedWhileItWaitedDoesNotGoOn() {
        List<String> ids = submit(6, Priority.NORMAL);
        try (Dispatcher dispatcher = dispatcher()) {
            awaitReady(FeedWindow.FIRST);
            Waiting.until(SOON, "all to be known", () -> dispatcher.waiting() == 4);
            publisher.publish(
                    new JobEvent.Cancelled(new JobId(ids.get(4)), Instant.now()), Optional.empty());
            Waiting.until(SOON, "one to be gone", () -> dispatcher.waiting() == 3);
            eager = true;
            ready.forEach(this::begin);
            awaitReady(5);
            ids.add(submit(Priority.NORMAL));
            awaitReady(6);
            ids.remove(4);
            assertThat(ready).containsExactlyElementsOf(ids);
        }
    }

    @Test
    void aJobThatSomeoneElseEndedWhileItWaitedDoesNotGoOn() {
        List<String> ids = submit(8, Priority.NORMAL);
        try (Dispatcher dispatcher = dispatcher()) {
            awaitReady(FeedWindow.FIRST);
            Waiting.until(SOON, "all to be known", () -> dispatcher.waiting() == 6);
            // One who says so and has done it, one who has not, and one who only wants to see it.
            cancelled.add(ids.get(4));
            publisher.control(cancelled(ids.get(5)));
            publisher.control(new PreviewRequest(new JobId(ids.get(6)), Instant.now()));
            publisher.control(cancelled(ids.get(4)));
            Waiting.until(SOON, "one to be gone", () -> dispatcher.waiting() == 5);
            assertThat(asked).containsExactly(ids.get(5), ids.get(4));
            // A producer tells everyone itself.
            publisher.control(cancelled(ids.get(3)));
            publisher.publish(cancelled(ids.get(3)), Optional.empty());
            publisher.control(cancelled(ids.get(7)));
            Waiting.until(SOON, "the next to be asked for", () -> asked.contains(ids.get(7)));
            assertThat(asked).doesNotContain(ids.get(3));
            eager = true;
            ready.forEach(this::begin);
            awaitReady(6);
            assertThat(dispatcher.waiting()).isZero();
            ids.remove(4);
            ids.remove(3);
            assertThat(ready).containsExactlyElementsOf(ids);
        }
    }

    @Test
    void aJobWhoseTimeIsUpIsEndedThoughNobodyTakesIt() {
        submit(FeedWindow.FIRST, Priority.NORMAL);
        AtomicInteger refusals = new AtomicInteger();
        try (Dispatcher dispatcher =
                new Dispatcher(
                        kafka,
                        Clock.systemUTC(),
                        ends(
                                job -> {
                                    if (refusals.getAndIncrement() < 1) {
                                        throw new DarkroomException(
                                                ErrorCode.STORE_UNAVAILABLE, "away");
                                    }
                                    expired.add(job);
                                    publisher.publish(
                                            new JobEvent.Expired(
                                                    job.id().orElseThrow(),
                                                    Instant.now(),
                                                    job.deadline().orElseThrow().at()),
                                            Optional.empty());
                                }))) {
            dispatcher.start();
            awaitReady(FeedWindow.FIRST);
            Instant soon = Instant.now().plusSeconds(1);
            String late = submit(TestJobs.of(Priority.LOW, Optional.of(new Deadline(soon))));
            String lasting =
                    submit(
                            TestJobs.of(
                                    Priority.LOW,
                                    Optional.of(new Deadline(soon.plusSeconds(3600)))));
            Waiting.until(SOON, "its end", () -> !expired.isEmpty());
            assertThat(expired)
                    .extracting(job -> job.id().orElseThrow().value())
                    .containsExactly(late);
            Waiting.until(SOON, "it to be gone", () -> dispatcher.waiting() == 1);
            ready.forEach(this::begin);
            awaitReady(3);
            assertThat(ready.get(2)).isEqualTo(lasting);
            assertThat(refusals).hasValue(2);
        }
    }

    /** The worker that takes it answers. */
    @Test
    void whatNobodyCanReadGoesOnAllTheSame() {
        try (Dispatcher dispatcher = dispatcher();
                RecordWriter writer = new RecordWriter(kafka)) {
            for (int i = 0; i < 10; i++) {
                writer.write(
                        Topics.JOBS, "nonsense", Optional.of("{".getBytes(StandardCharsets.UTF_8)));
            }
            awaitReady(10);
            assertThat(dispatcher.waiting()).isZero();
        }
    }

    @Test
    void goesOnWithABrokerThatComesBack() throws IOException {
        eager = true;
        List<String> ids = submit(5, Priority.NORMAL);
        try (Dispatcher dispatcher = dispatcher()) {
            awaitReady(5);
            broker.close();
            broker = EmbeddedBroker.start(folder.resolve("kafka"), broker.port());
            ids.addAll(submit(5, Priority.NORMAL));
            awaitReady(10);
            assertThat(ready).containsExactlyElementsOf(ids);
            assertThat(dispatcher.waiting()).isZero();
        }
    }
}
