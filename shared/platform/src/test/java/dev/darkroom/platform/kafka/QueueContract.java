package dev.darkroom.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.job.JobStage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.Waiting;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** What the pool relies on in its queue, whichever broker it is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(120)
abstract class QueueContract {
    static final int LOCK_SECONDS = 3;
    private static final Duration LOCK = Duration.ofSeconds(LOCK_SECONDS);
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration NEVER = Duration.ofSeconds(2);

    private final List<AutoCloseable> open = new ArrayList<>();
    private KafkaSettings settings = new KafkaSettings("", Map.of(), 1, 1, LOCK_SECONDS);

    /** A broker with share groups that allows locks of a second. */
    abstract String bootstrapServers();

    @BeforeEach
    void beginsWithAnEmptyTopic() throws Exception {
        settings = new KafkaSettings(bootstrapServers(), Map.of(), 2, 1, LOCK_SECONDS);
        PoolTopology.ensure(settings);
        try (Admin admin = admin()) {
            for (String topic : List.of(Topics.JOBS, Topics.READY)) {
                TopicPartition jobs = new TopicPartition(topic, 0);
                long end = offset(admin, jobs, OffsetSpec.latest());
                admin.deleteRecords(Map.of(jobs, RecordsToDelete.beforeOffset(end))).all().get();
            }
        }
        // First come, first served: what slots and letters rely on is the same in any order.
        opened(new JobRelay(settings, (record, relay) -> relay.forward(record, failure -> {})))
                .start();
    }

    @AfterEach
    void closesWhatItOpened() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        open.clear();
    }

    private Admin admin() {
        return Admin.create(ClientProperties.of(settings, Map.of()));
    }

    private JobSlot slot(String name) {
        return opened(new JobSlot(settings, name));
    }

    private JobPublisher publisher() {
        return opened(new JobPublisher(settings, "/darkroom/test"));
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        open.add(closeable);
        return closeable;
    }

    private static AcquiredRecord take(JobSlot slot) {
        return slot.take(SOON).orElseThrow(() -> new AssertionError("no record came"));
    }

    private static String idOf(AcquiredRecord record) {
        return JobRecord.decode(record.value()).id().value();
    }

    @Test
    void whatIsDoneWithIsRemovedOnceItIsOld() throws Exception {
        List<String> ids = submit(6);
        JobSlot slot = slot("worker-1");
        for (int i = 0; i < 4; i++) {
            assertThat(idOf(take(slot))).isEqualTo(ids.get(i));
            assertThat(slot.accept()).isTrue();
        }
        TopicPartition jobs = new TopicPartition(Topics.JOBS, 0);
        TopicPartition ready = ForwardedRecords.READY;
        try (Admin admin = admin();
                TopicTrimmer young = new TopicTrimmer(settings, Duration.ofDays(1));
                TopicTrimmer old = new TopicTrimmer(settings, Duration.ZERO)) {
            long end = offset(admin, jobs, OffsetSpec.latest());
            Waiting.until(SOON, "all to have gone on", () -> place(admin, jobs).offset() == end);
            OffsetAndMetadata place = place(admin, jobs);
            long firstJob = end - ids.size();
            long firstReady = offset(admin, ready, OffsetSpec.latest()) - ids.size();

            young.trim(Map.of(jobs, place));
            old.trim(Map.of(jobs, new OffsetAndMetadata(firstJob, "" + firstReady)));
            assertThat(offset(admin, jobs, OffsetSpec.earliest())).isEqualTo(firstJob);
            assertThat(offset(admin, ready, OffsetSpec.earliest())).isEqualTo(firstReady);

            Waiting.until(
                    SOON,
                    "what was acknowledged to be gone",
                    () -> {
                        trim(old, Map.of(jobs, place));
                        // The broker moves the group's place with the next that is acknowledged.
                        return offset(admin, ready, OffsetSpec.earliest()) >= firstReady + 3;
                    });
            assertThat(offset(admin, ready, OffsetSpec.earliest()))
                    .isLessThanOrEqualTo(firstReady + 4);
            assertThat(offset(admin, jobs, OffsetSpec.earliest())).isEqualTo(end);
        }
        assertThat(idOf(take(slot))).isEqualTo(ids.get(4));
        slot.accept();
        assertThat(idOf(take(slot))).isEqualTo(ids.get(5));
    }

    private static void trim(TopicTrimmer trimmer, Map<TopicPartition, OffsetAndMetadata> places) {
        try {
            trimmer.trim(places);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static long offset(Admin admin, TopicPartition partition, OffsetSpec which) {
        try {
            return admin.listOffsets(Map.of(partition, which))
                    .partitionResult(partition)
                    .get()
                    .offset();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static OffsetAndMetadata place(Admin admin, TopicPartition partition) {
        try {
            return admin.listConsumerGroupOffsets(Topics.DISPATCH_GROUP)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .getOrDefault(partition, new OffsetAndMetadata(0));
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> submit(int count) {
        JobPublisher publisher = publisher();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            GenerationJob job = TestJobs.next();
            publisher.submit(job, Optional.empty());
            ids.add(job.id().value());
        }
        return ids;
    }

    @Test
    void givesEachSlotOneJobThoughManyWait() {
        List<String> ids = submit(6);
        List<JobSlot> slots = List.of(slot("a"), slot("b"), slot("c"));
        List<String> taken = new ArrayList<>();
        for (JobSlot slot : slots) {
            taken.add(idOf(take(slot)));
        }
        assertThat(taken).doesNotHaveDuplicates().isSubsetOf(ids);
        for (JobSlot slot : slots) {
            assertThat(slot.accept()).isTrue();
            taken.add(idOf(take(slot)));
            assertThat(slot.accept()).isTrue();
        }
        assertThat(taken).containsExactlyInAnyOrderElementsOf(ids);
    }

    /** First, on a broker that is fresh: the group's beginning is decided when it first joins. */
    @Test
    @Order(1)
    void deliversJobsSubmittedBeforeTheGroupExisted() throws Exception {
        try (Admin admin = admin()) {
            assertThat(admin.listGroups().all().get())
                    .extracting(GroupListing::groupId)
                    .doesNotContain(Topics.WORKERS_GROUP);
        }
        List<String> ids = submit(1);
        JobSlot slot = slot("late");
        assertThat(idOf(take(slot))).isEqualTo(ids.get(0));
        assertThat(slot.accept()).isTrue();
    }

    @Test
    void keepsRenewedJobBeyondItsLock() {
        List<String> ids = submit(1);
        JobSlot owner = slot("owner");
        JobSlot thief = slot("thief");
        AcquiredRecord held = take(owner);
        assertThat(idOf(held)).isEqualTo(ids.get(0));
        long start = System.nanoTime();
        while (System.nanoTime() - start < LOCK.multipliedBy(3).toNanos()) {
            owner.renewIfDue();
            assertThat(thief.take(Duration.ofMillis(100))).isEmpty();
        }
        assertThat(owner.accept()).isTrue();
        assertThat(thief.take(NEVER)).isEmpty();
    }

    @Test
    void asksTheBrokerToRenewOnlyWhenAThirdOfTheLockIsGone() {
        submit(1);
        AtomicLong clock = new AtomicLong(System.nanoTime());
        JobSlot slot = opened(new JobSlot(settings, "clocked", clock::get));
        take(slot);
        long start = System.nanoTime();
        for (int i = 0; i < 100_000; i++) {
            slot.renewIfDue();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LOCK);
        // The lock is now really lost, but the slot's own clock stands still: it must not ask.
        JobSlot other = slot("other");
        take(other);
        slot.renewIfDue();
        clock.addAndGet(LOCK.dividedBy(3).toNanos() + 1);
        assertThatThrownBy(slot::renewIfDue)
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.LOCK_LOST));
        assertThat(other.accept()).isTrue();
        assertThat(slot.take(NEVER)).isEmpty();
    }

    @Test
    void deliversReleasedJobAgainAndCounts() {
        List<String> ids = submit(1);
        JobSlot slot = slot("releasing");
        AcquiredRecord first = take(slot);
        assertThat(first.deliveries()).isEqualTo(1);
        assertThat(slot.release()).isTrue();
        AcquiredRecord second = take(slot);
        assertThat(idOf(second)).isEqualTo(ids.get(0));
        assertThat(second.deliveries()).isEqualTo(2);
        assertThat(slot.accept()).isTrue();
    }

    @Test
    void deliversRejectedJobNeverAgain() {
        submit(1);
        JobSlot slot = slot("rejecting");
        take(slot);
        assertThat(slot.reject()).isTrue();
        assertThat(slot.take(LOCK.plus(NEVER))).isEmpty();
        String next = submit(1).get(0);
        assertThat(idOf(take(slot))).isEqualTo(next);
        assertThat(slot.accept()).isTrue();
    }

    @Test
    void deliversJobOfClosedSlotToAnother() {
        List<String> ids = submit(1);
        JobSlot closing = new JobSlot(settings, "closing");
        take(closing);
        closing.close();
        JobSlot other = slot("other");
        AcquiredRecord again = take(other);
        assertThat(idOf(again)).isEqualTo(ids.get(0));
        assertThat(again.deliveries()).isEqualTo(2);
        assertThat(other.accept()).isTrue();
    }

    @Test
    void deliversJobOfKilledWorkerToAnother() throws Exception {
        List<String> ids = submit(1);
        Process worker =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx128m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                HoldingWorker.class.getName(),
                                bootstrapServers(),
                                Integer.toString(LOCK_SECONDS))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (BufferedReader said =
                new BufferedReader(
                        new InputStreamReader(worker.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(said.readLine()).isEqualTo("HOLDS " + ids.get(0));
        } finally {
            worker.destroyForcibly().waitFor();
        }
        JobSlot other = slot("survivor");
        AcquiredRecord again = take(other);
        assertThat(idOf(again)).isEqualTo(ids.get(0));
        assertThat(again.deliveries()).isGreaterThanOrEqualTo(2);
        assertThat(other.accept()).isTrue();
    }

    @Test
    void refusesToAcceptAfterTheLockIsLost() {
        submit(1);
        JobSlot slow = slot("slow");
        take(slow);
        JobSlot other = slot("other");
        AcquiredRecord again = take(other);
        assertThat(again.deliveries()).isEqualTo(2);
        assertThat(slow.accept()).isFalse();
        assertThat(other.accept()).isTrue();
        String next = submit(1).get(0);
        assertThat(idOf(take(slow))).isEqualTo(next);
        assertThat(slow.accept()).isTrue();
    }

    @Test
    void wakesAWaitingSlot() throws Exception {
        JobSlot slot = new JobSlot(settings, "waiting");
        CountDownLatch returned = new CountDownLatch(1);
        List<Optional<AcquiredRecord>> results = new CopyOnWriteArrayList<>();
        Thread thread =
                new Thread(
                        () -> {
                            try (slot) {
                                results.add(slot.take(Duration.ofMinutes(5)));
                            }
                            returned.countDown();
                        });
        thread.start();
        slot.wakeup();
        assertThat(returned.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(results).containsExactly(Optional.empty());
    }

    @Test
    void carriesCloudEventHeadersWithEachJob() {
        GenerationJob job = TestJobs.next();
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        publisher().submit(job, Optional.of(trace));
        JobSlot slot = slot("reading");
        AcquiredRecord record = take(slot);
        assertThat(record.key()).contains(job.id().value());
        assertThat(record.traceparent()).contains(trace);
        assertThat(record.headers())
                .containsEntry("ce_specversion", "1.0")
                .containsEntry("ce_id", job.id().value())
                .containsEntry("ce_source", "/darkroom/test")
                .containsEntry("ce_type", "dev.darkroom.job")
                .containsEntry("ce_subject", job.id().value())
                .containsEntry("content-type", "application/json")
                .containsKey("ce_time");
        assertThat(slot.accept()).isTrue();
    }

    @Test
    void buriesRecordAsItCameWithTheReason() {
        byte[] nonsense = {(byte) 0xff, 0, '{'};
        try (RecordWriter writer = new RecordWriter(settings)) {
            var record = new ProducerRecord<>(Topics.JOBS, new byte[] {(byte) 0xfe}, nonsense);
            record.headers().add("their-own", new byte[] {1, 2});
            writer.write(record);
        }
        JobSlot slot = slot("burying");
        AcquiredRecord taken = take(slot);
        publisher().bury(taken, malformed("not JSON at all"));
        assertThat(slot.reject()).isTrue();

        ConsumerRecord<byte[], byte[]> dead = lastDeadLetter();
        assertThat(dead.key()).containsExactly(0xfe);
        assertThat(dead.value()).containsExactly(nonsense);
        assertThat(dead.headers().lastHeader("their-own").value()).containsExactly(1, 2);
        assertThat(text(dead, "darkroom-error-code")).isEqualTo("MALFORMED_REQUEST");
        assertThat(text(dead, "darkroom-error-message")).isEqualTo("not JSON at all");
        assertThat(text(dead, "darkroom-deliveries")).isEqualTo("1");
        assertThat(text(dead, "darkroom-original-topic")).isEqualTo(Topics.JOBS);
        assertThat(text(dead, "darkroom-original-offset")).isEqualTo(Long.toString(taken.offset()));
    }

    @Test
    void refusesARecordThatIsOnlySmallWhenCompressed() {
        assertThat(sendCompressed(new ProducerRecord<>(Topics.JOBS, new byte[2 << 20])))
                .failsWithin(Duration.ofSeconds(30))
                .withThrowableThat()
                .havingRootCause()
                .isInstanceOf(RecordTooLargeException.class);
    }

    /** Operators may let more in than a broker does by itself. */
    private void allowRecordsOf(int bytes) {
        try (Admin admin = PoolTopology.connect(settings)) {
            var value = new ConfigEntry("max.message.bytes", Integer.toString(bytes));
            var jobs = new ConfigResource(ConfigResource.Type.TOPIC, Topics.JOBS);
            var set = new AlterConfigOp(value, AlterConfigOp.OpType.SET);
            assertThat(admin.incrementalAlterConfigs(Map.of(jobs, List.of(set))).all())
                    .succeedsWithin(Duration.ofSeconds(30));
        }
    }

    @Test
    void buriesTheBeginningOfAHugeRecord() {
        byte[] huge = new byte[5 << 20];
        sendHuge(new ProducerRecord<>(Topics.JOBS, huge));
        JobSlot slot = slot("burying-huge");
        AcquiredRecord taken = take(slot);
        assertThat(taken.value()).hasSize(1 << 20);
        publisher().bury(taken, malformed("too large"));
        assertThat(slot.reject()).isTrue();

        ConsumerRecord<byte[], byte[]> dead = lastDeadLetter();
        assertThat(dead.value()).hasSize(1 << 20);
        assertThat(text(dead, "darkroom-original-bytes")).isEqualTo(Integer.toString(5 << 20));
        assertThat(text(dead, "darkroom-error-message")).isEqualTo("too large");
    }

    /** It must not stand in the way of those behind it. */
    @Test
    void aRecordWhoseKeyAndHeadersAreHugeGoesOn() {
        var huge = new ProducerRecord<>(Topics.JOBS, new byte[1 << 20], new byte[] {'{'});
        huge.headers().add("small", new byte[] {1}).add("huge", new byte[3 << 20]);
        sendHuge(huge);
        List<String> ids = submit(1);
        JobSlot slot = slot("taking-huge");
        AcquiredRecord taken = take(slot);
        assertThat(taken.value()).containsExactly('{');
        assertThat(taken.headers()).containsKey("small").doesNotContainKey("huge");
        publisher().bury(taken, malformed("not a job"));
        assertThat(slot.reject()).isTrue();
        assertThat(lastDeadLetter().headers().lastHeader("small").value()).containsExactly(1);
        assertThat(idOf(take(slot))).isEqualTo(ids.get(0));
        assertThat(slot.accept()).isTrue();
    }

    private void sendHuge(ProducerRecord<byte[], byte[]> record) {
        allowRecordsOf(8 << 20);
        try {
            assertThat(sendCompressed(record)).succeedsWithin(Duration.ofSeconds(30));
        } finally {
            allowRecordsOf(1 << 20);
        }
    }

    /** Returns when it is sent, or cannot be. */
    private Future<RecordMetadata> sendCompressed(ProducerRecord<byte[], byte[]> record) {
        Map<String, Object> own =
                Map.of(
                        ProducerConfig.COMPRESSION_TYPE_CONFIG,
                        "gzip",
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        8 << 20);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        ClientProperties.of(settings, own),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            return producer.send(record);
        }
    }

    /** What a client takes back was never asked for; what comes after must not wait for it. */
    @Test
    void jobsOfATransactionThatWasAbortedAreNotRun() {
        Map<String, Object> own =
                Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "a-foreign-client");
        GenerationJob aborted = TestJobs.next();
        GenerationJob committed = TestJobs.next();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        ClientProperties.of(settings, own),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            assertThat(producer.send(new ProducerRecord<>(Topics.JOBS, JobRecord.encode(aborted))))
                    .succeedsWithin(Duration.ofSeconds(30));
            producer.abortTransaction();
            producer.beginTransaction();
            assertThat(
                            producer.send(
                                    new ProducerRecord<>(Topics.JOBS, JobRecord.encode(committed))))
                    .succeedsWithin(Duration.ofSeconds(30));
            producer.commitTransaction();
        }
        List<String> after = submit(1);
        JobSlot slot = slot("taking-committed");

        assertThat(idOf(take(slot))).isEqualTo(committed.id().value());
        assertThat(slot.accept()).isTrue();
        assertThat(idOf(take(slot))).isEqualTo(after.get(0));
        assertThat(slot.accept()).isTrue();
    }

    /** It goes on with every event of the job: what is no trace would be a burden. */
    @Test
    void whatIsNoTraceDoesNotGoOn() {
        var record = new ProducerRecord<byte[], byte[]>(Topics.JOBS, new byte[] {'{'});
        record.headers().add("traceparent", "x".repeat(1000).getBytes(StandardCharsets.UTF_8));
        try (RecordWriter writer = new RecordWriter(settings)) {
            writer.write(record);
        }
        JobSlot slot = slot("taking-no-trace");

        assertThat(take(slot).traceparent()).isEmpty();
        assertThat(slot.accept()).isTrue();
    }

    @Test
    void deadLetterSaysAllThatIsKnown() {
        GenerationJob job = TestJobs.next();
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        try (RecordWriter writer = new RecordWriter(settings)) {
            var record = new ProducerRecord<byte[], byte[]>(Topics.JOBS, JobRecord.encode(job));
            record.headers()
                    .add("traceparent", trace.getBytes(StandardCharsets.UTF_8))
                    .add("darkroom-mark", "dropped".getBytes(StandardCharsets.UTF_8))
                    .add("darkroom-worker", "somebody else".getBytes(StandardCharsets.UTF_8));
            writer.write(record);
        }
        JobSlot slot = slot("telling");
        AcquiredRecord taken = take(slot);
        Instant at = Instant.parse("2026-01-31T12:00:00.5Z");
        DarkroomException reason =
                new DarkroomException(
                        ErrorCode.GENERATION_FAILED,
                        "no picture",
                        new IllegalStateException("not a number"));
        publisher()
                .bury(
                        taken,
                        new GivenUp(reason, JobStage.UNET, "worker-1", at, Optional.of(job.id())));
        assertThat(slot.reject()).isTrue();

        TopicRecord dead = TopicRecord.of(lastDeadLetter());
        assertThat(DeadLetter.Mark.read(dead)).isEmpty();
        DeadLetter letter = DeadLetter.read(dead).orElseThrow();
        assertThat(letter.name()).isEqualTo(job.id().value());
        assertThat(letter.job()).contains(job.id());
        assertThat(letter.code()).isEqualTo(ErrorCode.GENERATION_FAILED);
        assertThat(letter.message()).isEqualTo("no picture");
        assertThat(letter.stage()).contains("unet");
        assertThat(letter.attempts()).isEqualTo(1);
        assertThat(letter.worker()).contains("worker-1");
        assertThat(letter.at()).isEqualTo(at);
        assertThat(letter.traceparent()).contains(trace);
        assertThat(letter.stackTrace().orElseThrow())
                .contains("deadLetterSaysAllThatIsKnown")
                .contains("not a number");
        assertThat(letter.isWhole()).isTrue();
        assertThat(letter.value()).isEqualTo(JobRecord.encode(job));
        assertThat(letter.origin().offset()).isEqualTo(taken.offset());
    }

    @Test
    void marksAreToldFromLettersAndNameThem() {
        GenerationJob job = TestJobs.next();
        publisher().submit(job, Optional.empty());
        JobSlot slot = slot("marking");
        AcquiredRecord taken = take(slot);
        publisher().bury(taken, malformed("x"));
        assertThat(slot.reject()).isTrue();
        DeadLetter letter = DeadLetter.read(TopicRecord.of(lastDeadLetter())).orElseThrow();
        JobId next = TestJobs.next().id();

        publisher().mark(letter, Optional.of(next));

        TopicRecord mark = TopicRecord.of(lastDeadLetter());
        assertThat(DeadLetter.read(mark)).isEmpty();
        DeadLetter.Mark read = DeadLetter.Mark.read(mark).orElseThrow();
        assertThat(read.origin()).isEqualTo(letter.origin());
        assertThat(read.redrivenAs()).contains(next);
        publisher().mark(letter, Optional.empty());
        assertThat(
                        DeadLetter.Mark.read(TopicRecord.of(lastDeadLetter()))
                                .orElseThrow()
                                .redrivenAs())
                .isEmpty();
    }

    @Test
    void redrivenJobComesWithTheHeadersOfTheLetter() {
        GenerationJob job = TestJobs.next();
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        publisher().submit(job, Optional.of(trace));
        JobSlot slot = slot("redriving");
        AcquiredRecord taken = take(slot);
        publisher().bury(taken, malformed("x"));
        assertThat(slot.reject()).isTrue();
        DeadLetter letter = DeadLetter.read(TopicRecord.of(lastDeadLetter())).orElseThrow();
        GenerationJob again = TestJobs.next();

        publisher().redrive(letter, again.id(), JobRecord.encode(again));

        AcquiredRecord redriven = take(slot);
        assertThat(redriven.key()).contains(again.id().value());
        assertThat(redriven.value()).isEqualTo(JobRecord.encode(again));
        assertThat(redriven.deliveries()).isEqualTo(1);
        assertThat(redriven.traceparent()).contains(trace);
        assertThat(redriven.headers())
                .containsEntry("ce_subject", again.id().value())
                .containsEntry("darkroom-redrive-of", letter.name())
                .doesNotContainKey("darkroom-error-code");
        assertThat(slot.accept()).isTrue();
    }

    private static GivenUp malformed(String message) {
        return new GivenUp(
                new DarkroomException(ErrorCode.MALFORMED_REQUEST, message),
                JobStage.TAKEN,
                "worker-1",
                Instant.EPOCH,
                Optional.empty());
    }

    private static String text(ConsumerRecord<byte[], byte[]> record, String header) {
        return new String(record.headers().lastHeader(header).value(), StandardCharsets.UTF_8);
    }

    private ConsumerRecord<byte[], byte[]> lastDeadLetter() {
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        ClientProperties.of(settings, Map.of()),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(Topics.DEAD_JOBS, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(500)).forEach(all::add);
            }
        }
        return all.get(all.size() - 1);
    }

    @Test
    void readsEventsOfAJobInTheirOrderFromTheBeginning() {
        GenerationJob job = TestJobs.next();
        JobPublisher publisher = publisher();
        JobEvent accepted = new JobEvent.Accepted(job.id(), Instant.now(), job);
        JobEvent failed =
                new JobEvent.Failed(job.id(), Instant.now(), 1, ErrorCode.UNKNOWN_MODEL, "no such");
        publisher.publish(accepted, Optional.empty());
        List<JobEvent> seen = new CopyOnWriteArrayList<>();
        TopicReader reader =
                opened(
                        new TopicReader(
                                settings,
                                List.of(Topics.JOB_EVENTS),
                                record ->
                                        record.value()
                                                .filter(
                                                        any ->
                                                                record.key()
                                                                        .equals(
                                                                                Optional.of(
                                                                                        job.id()
                                                                                                .value())))
                                                .ifPresent(
                                                        value ->
                                                                seen.add(
                                                                        Json.read(
                                                                                value,
                                                                                JobEvent.class)))));
        reader.start();
        assertThat(reader.awaitCaughtUp(SOON)).isTrue();
        assertThat(seen).containsExactly(accepted);
        publisher.publish(failed, Optional.empty());
        assertThat(reader.awaitCaughtUp(SOON)).isTrue();
        assertThat(seen).containsExactly(accepted, failed);
        JobEvent progress =
                new JobEvent.Progress(job.id(), Instant.now(), 1, 3, 20, Optional.empty());
        publisher.publishLossy(progress, Optional.empty());
        Waiting.until(SOON, "the lossy event", () -> seen.contains(progress));
    }
}
