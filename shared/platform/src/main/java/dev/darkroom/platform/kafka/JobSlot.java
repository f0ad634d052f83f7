package dev.darkroom.platform.kafka;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.queue.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.errors.InvalidRecordStateException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One share consumer: takes one record at a time, holds its lock, and says how it ended. Belongs to
 * the thread that calls it; only {@link #wakeup} may come from another.
 *
 * <p>The broker is the one who knows whether a lock still stands, and says so only in the answer to
 * an acknowledgement. A failure of any other kind (the broker away, its answer late) leaves the
 * consumer with records in states that its interface does not show. It is then thrown away, which
 * gives its locks back, and the next {@link #take} makes another.
 */
public final class JobSlot implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JobSlot.class);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration RENEWED = Duration.ofSeconds(5);
    private static final Duration CLOSE = Duration.ofSeconds(5);

    /**
     * Longer than any step: a member that does not poll for so long is put out of the group. As
     * long as the client keeps an idle connection.
     */
    private static final int MAX_POLL_INTERVAL_MILLIS = 540_000;

    private final KafkaSettings settings;
    private final String clientId;
    private final LongSupplier nanoTime;

    private @Nullable KafkaShareConsumer<byte[], byte[]> consumer;
    private @Nullable ConsumerRecord<byte[], byte[]> held;
    private long renewedAt;

    private final Object waking = new Object();
    private @Nullable KafkaShareConsumer<byte[], byte[]> polling;
    private boolean woken;

    public JobSlot(KafkaSettings settings, String clientId) {
        this(settings, clientId, System::nanoTime);
    }

    JobSlot(KafkaSettings settings, String clientId, LongSupplier nanoTime) {
        this.settings = settings;
        this.clientId = clientId;
        this.nanoTime = nanoTime;
    }

    /**
     * Waits for a record and locks it. The one before must have been ended. Joins the group with
     * the first call.
     *
     * @throws DarkroomException MISCONFIGURED where the broker refuses; one that is away is only
     *     waited for
     */
    public Optional<AcquiredRecord> take(Duration wait) {
        if (held != null) {
            throw new IllegalStateException("the record before has not been ended");
        }
        long start = System.nanoTime();
        try {
            KafkaShareConsumer<byte[], byte[]> open = open();
            Duration left = wait;
            do {
                long asked = nanoTime.getAsLong();
                Optional<ConsumerRecord<byte[], byte[]>> record = poll(open, left);
                if (record.isPresent()) {
                    held = record.get();
                    renewedAt = asked;
                    return record.map(AcquiredRecord::new);
                }
                left = wait.minusNanos(System.nanoTime() - start);
            } while (!left.isNegative() && !consumeWakeup());
            return Optional.empty();
        } catch (KafkaException e) {
            discard();
            throw KafkaErrors.classify(settings, "take from " + Topics.READY, e);
        }
    }

    private KafkaShareConsumer<byte[], byte[]> open() {
        KafkaShareConsumer<byte[], byte[]> open = consumer;
        if (open == null) {
            Map<String, Object> own =
                    Map.of(
                            ConsumerConfig.CLIENT_ID_CONFIG,
                            clientId,
                            ConsumerConfig.GROUP_ID_CONFIG,
                            Topics.WORKERS_GROUP,
                            ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG,
                            "explicit",
                            ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG,
                            "record_limit",
                            ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                            1,
                            ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG,
                            MAX_POLL_INTERVAL_MILLIS);
            open =
                    new KafkaShareConsumer<>(
                            ClientProperties.of(settings, own),
                            new ByteArrayDeserializer(),
                            new ByteArrayDeserializer());
            open.subscribe(List.of(Topics.READY));
            consumer = open;
        }
        return open;
    }

    private Optional<ConsumerRecord<byte[], byte[]>> poll(
            KafkaShareConsumer<byte[], byte[]> open, Duration wait) {
        synchronized (waking) {
            if (woken) {
                return Optional.empty();
            }
            polling = open;
        }
        try {
            ConsumerRecord<byte[], byte[]> first = null;
            for (ConsumerRecord<byte[], byte[]> record : open.poll(wait)) {
                if (first == null) {
                    first = record;
                } else {
                    // Asked for one; a broker that sends more gets them back for other slots.
                    open.acknowledge(record, AcknowledgeType.RELEASE);
                }
            }
            return Optional.ofNullable(first);
        } catch (WakeupException e) {
            return Optional.empty();
        } finally {
            synchronized (waking) {
                polling = null;
            }
        }
    }

    private boolean consumeWakeup() {
        synchronized (waking) {
            boolean was = woken;
            woken = false;
            return was;
        }
    }

    /**
     * Extends the lock on the record held where a third of it is gone, and does nothing before
     * that; cheap enough to call after every sampling step.
     *
     * @throws DarkroomException LOCK_LOST where the broker says that the record is no longer ours,
     *     or does not say in time that it still is; the record is then no longer held
     */
    public void renewIfDue() {
        KafkaShareConsumer<byte[], byte[]> open = requireOpen();
        ConsumerRecord<byte[], byte[]> record = requireHeld();
        long now = nanoTime.getAsLong();
        if (now - renewedAt < lock(open).dividedBy(3).toNanos()) {
            return;
        }
        try {
            open.acknowledge(record, AcknowledgeType.RENEW);
            Optional<KafkaException> refusal = commit(open, record);
            if (refusal.isPresent()) {
                throw refusal.get();
            }
            held = awaitRenewed(open, record);
            renewedAt = now;
        } catch (KafkaException | IllegalStateException e) {
            discard();
            throw new DarkroomException(
                    ErrorCode.LOCK_LOST,
                    "the lock on the job at "
                            + place(record)
                            + " could not be renewed: "
                            + e.getMessage(),
                    e);
        }
    }

    /** A renewed record comes back from poll, and only then can it be acknowledged again. */
    private static ConsumerRecord<byte[], byte[]> awaitRenewed(
            KafkaShareConsumer<byte[], byte[]> open, ConsumerRecord<byte[], byte[]> record) {
        long start = System.nanoTime();
        Duration left = RENEWED;
        while (!left.isNegative()) {
            try {
                for (ConsumerRecord<byte[], byte[]> polled : open.poll(left)) {
                    if (polled.partition() == record.partition()
                            && polled.offset() == record.offset()) {
                        return polled;
                    }
                    open.acknowledge(polled, AcknowledgeType.RELEASE);
                }
            } catch (WakeupException e) {
                LOG.trace("woken while renewing, which is not waiting for a job");
            }
            left = RENEWED.minusNanos(System.nanoTime() - start);
        }
        throw new IllegalStateException("the renewed record did not come back");
    }

    private Duration lock(KafkaShareConsumer<byte[], byte[]> open) {
        return open.acquisitionLockTimeoutMs()
                .map(Duration::ofMillis)
                .orElse(Duration.ofSeconds(settings.lockSeconds()));
    }

    /**
     * The job is done, whatever its outcome.
     *
     * @return false where the lock had been lost, so that the record will be (or was) delivered
     *     again
     * @throws DarkroomException QUEUE_UNAVAILABLE where the broker did not answer within 10 s: the
     *     record may be delivered again
     */
    public boolean accept() {
        return end(AcknowledgeType.ACCEPT);
    }

    /** Gives the record back for another delivery; otherwise as {@link #accept}. */
    public boolean release() {
        return end(AcknowledgeType.RELEASE);
    }

    /** The record is not to be delivered again; otherwise as {@link #accept}. */
    public boolean reject() {
        return end(AcknowledgeType.REJECT);
    }

    private boolean end(AcknowledgeType type) {
        KafkaShareConsumer<byte[], byte[]> open = requireOpen();
        ConsumerRecord<byte[], byte[]> record = requireHeld();
        held = null;
        try {
            open.acknowledge(record, type);
            Optional<KafkaException> refusal = commit(open, record);
            if (refusal.isEmpty()) {
                return true;
            }
            if (refusal.get() instanceof InvalidRecordStateException) {
                LOG.debug("too late to {} the job at {}", type, place(record), refusal.get());
                return false;
            }
            throw refusal.get();
        } catch (KafkaException | IllegalStateException e) {
            discard();
            throw KafkaErrors.classify(settings, type + " the job at " + place(record), e);
        }
    }

    /** Failures of single records stand in the map; commitSync does not throw them. */
    private static Optional<KafkaException> commit(
            KafkaShareConsumer<byte[], byte[]> open, ConsumerRecord<byte[], byte[]> record) {
        Map<TopicIdPartition, Optional<KafkaException>> answers;
        try {
            answers = open.commitSync(ANSWER);
        } catch (WakeupException e) {
            // From a wakeup that came too late for the poll that it was meant for.
            answers = open.commitSync(ANSWER);
        }
        return answers.entrySet().stream()
                .filter(answer -> answer.getKey().topic().equals(record.topic()))
                .filter(answer -> answer.getKey().partition() == record.partition())
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseGet(
                        () -> Optional.of(new TimeoutException("nothing said about the record")));
    }

    private static String place(ConsumerRecord<?, ?> record) {
        return record.topic() + "-" + record.partition() + " offset " + record.offset();
    }

    private KafkaShareConsumer<byte[], byte[]> requireOpen() {
        KafkaShareConsumer<byte[], byte[]> open = consumer;
        if (open == null) {
            throw new IllegalStateException("no record is held");
        }
        return open;
    }

    private ConsumerRecord<byte[], byte[]> requireHeld() {
        ConsumerRecord<byte[], byte[]> record = held;
        if (record == null) {
            throw new IllegalStateException("no record is held");
        }
        return record;
    }

    /** Makes a waiting {@link #take}, or the next one, return with nothing. */
    public void wakeup() {
        synchronized (waking) {
            woken = true;
            KafkaShareConsumer<byte[], byte[]> waiting = polling;
            if (waiting != null) {
                waiting.wakeup();
            }
        }
    }

    private void discard() {
        KafkaShareConsumer<byte[], byte[]> open = consumer;
        consumer = null;
        held = null;
        if (open == null) {
            return;
        }
        try {
            open.close(CLOSE);
        } catch (KafkaException | IllegalStateException e) {
            LOG.debug("consumer {} did not close cleanly", clientId, e);
        }
    }

    /** A record still held is delivered to another slot. */
    @Override
    public void close() {
        discard();
    }
}
