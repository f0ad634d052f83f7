package dev.darkroom.producer.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.PreviewRequest;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import dev.darkroom.producer.Jobs;
import dev.darkroom.producer.status.BoardFeed;
import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.producer.status.JobDirectory;
import dev.darkroom.producer.status.Results;
import dev.darkroom.testing.EmbeddedStack;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several producers with boards of their own, on a real broker and a real store. */
@Timeout(120)
class OncePerKeyTest {
    private static final GenerationRequest REQUEST =
            GenerationRequest.of("a red sneaker").by(new TenantName("acme"));
    private static final Duration FOREVER = Duration.ofMinutes(5);

    private final KafkaSettings kafka =
            new KafkaSettings(EmbeddedStack.shared().bootstrapServers(), Map.of(), 2, 1, 30);
    private final List<Producer> producers = new ArrayList<>();
    private final IdempotencyKey key = new IdempotencyKey(UUID.randomUUID().toString());

    @AfterEach
    void stop() {
        producers.forEach(Producer::close);
    }

    @Test
    void theSameAgainIsTheSameJobInEveryProducer() {
        Producer one = producer(FOREVER);
        Producer other = producer(FOREVER);
        JobEvent.Accepted accepted = one.submit(REQUEST, key);
        // That it is on the queue is known by now: nobody looks for it there.
        one.beforeWaiting = OncePerKeyTest::mustNotWait;
        other.beforeWaiting = OncePerKeyTest::mustNotWait;
        assertThat(one.submit(REQUEST, key)).isEqualTo(accepted);
        assertThat(other.submit(REQUEST, key)).isEqualTo(accepted);
        assertThat(other.submit(REQUEST, new IdempotencyKey("another " + key.value())))
                .isNotEqualTo(accepted);
        assertThat(other.submit(REQUEST.by(new TenantName("other")), key).jobId())
                .isNotEqualTo(accepted.jobId());
        assertThat(records(accepted.jobId())).isEqualTo(1);
    }

    @Test
    void anotherRequestUnderTheSameKeyIsRefused() {
        Producer producer = producer(FOREVER);
        JobEvent.Accepted accepted = producer.submit(REQUEST, key);
        DarkroomException refusal =
                catchThrowableOfType(
                        DarkroomException.class,
                        () ->
                                producer.submit(
                                        GenerationRequest.of("a blue one")
                                                .by(new TenantName("acme")),
                                        key));
        assertThat(refusal.code()).isEqualTo(ErrorCode.IDEMPOTENCY_CONFLICT);
        assertThat(refusal.reason()).contains(accepted.jobId().value());
    }

    @Test
    void manyAtOnceInTwoProducersBecomeOneJobAndOneRecord() throws Exception {
        int threads = 8;
        List<Producer> two = List.of(producer(FOREVER), producer(FOREVER));
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            for (int round = 0; round < 5; round++) {
                IdempotencyKey fresh = new IdempotencyKey(key.value() + " " + round);
                CyclicBarrier together = new CyclicBarrier(threads);
                List<Future<JobEvent.Accepted>> answers = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    Producer producer = two.get(i % 2);
                    answers.add(
                            pool.submit(
                                    () -> {
                                        together.await();
                                        return producer.submit(REQUEST, fresh);
                                    }));
                }
                JobEvent.Accepted first = answers.get(0).get();
                for (Future<JobEvent.Accepted> answer : answers) {
                    assertThat(answer.get()).isEqualTo(first);
                }
                assertThat(records(first.jobId())).isEqualTo(1);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void whoDiesBetweenTheObjectAndTheRecordIsFollowed() {
        Producer dying = producer(FOREVER);
        List<GenerationJob> lost = new CopyOnWriteArrayList<>();
        dying.beforeRecord =
                job -> {
                    lost.add(job);
                    throw new OutOfMemoryError("dies here");
                };
        assertThatThrownBy(() -> dying.submit(REQUEST, key)).isInstanceOf(Error.class);
        JobId id = lost.get(0).id();
        assertThat(records(id)).isZero();

        // By now nobody can be waiting for the dead one's record any more.
        JobEvent.Accepted accepted = producer(Duration.ZERO).submit(REQUEST, key);

        assertThat(accepted.jobId()).isEqualTo(id);
        assertThat(accepted.job()).isEqualTo(lost.get(0));
        assertThat(records(id)).isEqualTo(1);
        Producer third = producer(Duration.ZERO);
        third.beforeWaiting = OncePerKeyTest::mustNotWait;
        assertThat(third.submit(REQUEST, key)).isEqualTo(accepted);
        assertThat(records(id)).isEqualTo(1);
    }

    private static void mustNotWait() {
        throw new AssertionError("looks for a job that is known to be on the queue");
    }

    @Test
    void whoIsOnlySlowIsWaitedFor() throws InterruptedException, ExecutionException {
        Producer slow = producer(FOREVER);
        Producer other = producer(FOREVER);
        CountDownLatch kept = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        slow.beforeRecord =
                job -> {
                    kept.countDown();
                    awaitLatch(go);
                };
        other.beforeWaiting = go::countDown;
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            Future<JobEvent.Accepted> first = pool.submit(() -> slow.submit(REQUEST, key));
            awaitLatch(kept);
            Future<JobEvent.Accepted> second = pool.submit(() -> other.submit(REQUEST, key));
            assertThat(second.get()).isEqualTo(first.get());
            assertThat(records(first.get().jobId())).isEqualTo(1);
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void oldKeysAreForgottenAndYoungOnesAreNot() {
        Producer producer = producer(FOREVER);
        Submissions submissions = new Submissions(producer.store);
        JobId id = producer.submit(REQUEST, key).jobId();

        submissions.forget(Instant.now().minus(Duration.ofHours(1)));
        assertThat(producer.submit(REQUEST, key).jobId()).isEqualTo(id);

        assertThat(submissions.forget(Instant.now().plus(Duration.ofHours(1)))).isPositive();
        assertThat(producer.submit(REQUEST, key).jobId()).isNotEqualTo(id);
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Producer producer(Duration patience) {
        Producer producer = new Producer(patience);
        producers.add(producer);
        return producer;
    }

    /** How often the job is on the work topic. */
    private int records(JobId id) {
        List<JobId> found = new CopyOnWriteArrayList<>();
        try (TopicReader reader =
                new TopicReader(
                        kafka,
                        List.of(Topics.JOBS),
                        record -> record.value().ifPresent(value -> found.add(idOf(value))))) {
            reader.start();
            assertThat(reader.awaitCaughtUp(Duration.ofSeconds(30))).isTrue();
        }
        return (int) found.stream().filter(id::equals).count();
    }

    private static JobId idOf(byte[] record) {
        try {
            return JobRecord.decode(record).id();
        } catch (DarkroomException e) {
            // Another test's record that is none.
            return Jobs.ID;
        }
    }

    /** All that one process has. */
    private final class Producer implements JobQueue, AutoCloseable {
        private final ObjectStore store =
                new MinioObjectStore(
                        new ObjectStoreSettings(
                                EmbeddedStack.shared().storeEndpoint(),
                                "us-east-1",
                                "once",
                                EmbeddedStack.ACCESS_KEY,
                                EmbeddedStack.SECRET_KEY));
        private final JobPublisher publisher;
        private final TopicReader reader;
        private final JobSubmission submission;
        private volatile java.util.function.Consumer<GenerationJob> beforeRecord = job -> {};
        private volatile Runnable beforeWaiting = () -> {};

        Producer(Duration patience) {
            store.ensureBucket();
            PoolTopology.ensure(kafka);
            publisher = new JobPublisher(kafka, "/darkroom/test");
            JobBoard board = new JobBoard(1000);
            reader =
                    new TopicReader(
                            kafka, List.of(Topics.JOBS, Topics.JOB_EVENTS), new BoardFeed(board));
            reader.start();
            JobDirectory directory =
                    new JobDirectory(board, new Results(store), reader::awaitCaughtUp);
            Clock clock = Clock.systemUTC();
            submission =
                    new JobSubmission(
                            new Catalog(),
                            this,
                            new Quotas(tenant -> Quotas.Limits.NONE, board, () -> true, clock),
                            new OncePerKey(
                                    new Submissions(store),
                                    (job, wait) -> {
                                        beforeWaiting.run();
                                        return directory.awaitHeardOf(job, wait);
                                    },
                                    patience,
                                    clock),
                            Jobs.MODEL,
                            clock);
        }

        JobEvent.Accepted submit(GenerationRequest request, IdempotencyKey under) {
            return submission.submit(
                    SubmittedRequest.of(request), Optional.of(under), Optional.empty());
        }

        @Override
        public void control(JobEvent end) {
            throw new AssertionError("whoever submits ends nothing");
        }

        @Override
        public void show(PreviewRequest request) {
            throw new AssertionError("whoever submits shows nothing");
        }

        @Override
        public void put(GenerationJob job, Optional<String> traceparent) {
            beforeRecord.accept(job);
            publisher.submit(job, traceparent);
        }

        @Override
        public void tell(JobEvent event, Optional<String> traceparent) {
            publisher.publish(event, traceparent);
        }

        @Override
        public void close() {
            reader.close();
            publisher.close();
            store.close();
        }
    }

    private static final class Catalog implements ModelCatalog {
        @Override
        public CheckpointConfiguration require(
                ModelName model, Optional<CheckpointVersion> version, JobId job) {
            return Jobs.CONFIGURATION;
        }

        @Override
        public void requireServed(ModelName model) {
            throw new AssertionError(model);
        }

        @Override
        public List<ServedModel> models() {
            return List.of();
        }
    }
}
