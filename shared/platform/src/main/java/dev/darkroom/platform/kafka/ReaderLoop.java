package dev.darkroom.platform.kafka;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A consumer with the thread that it belongs to: reads from its start to its close, and waits for a
 * broker that goes away.
 */
final class ReaderLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReaderLoop.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int ANSWER_MILLIS = 5000;

    /** Settings of a reader that would rather ask again than wait long for an answer. */
    static final Map<String, Object> ANSWERED_SOON =
            Map.of(
                    ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                    ANSWER_MILLIS,
                    ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                    ANSWER_MILLIS);

    private final String what;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread;
    private volatile boolean closing;

    /**
     * @param own settings of the consumer, beside those that every reader has
     * @param what is read, in words
     * @param name of the thread
     * @param begin called once in the thread, before the first turn
     * @param turn called again and again in the thread; polls once
     */
    ReaderLoop(
            KafkaSettings settings,
            Map<String, Object> own,
            String what,
            String name,
            Consumer<KafkaConsumer<byte[], byte[]>> begin,
            Runnable turn) {
        this.what = what;
        try {
            this.consumer = open(settings, own);
        } catch (KafkaException e) {
            throw KafkaErrors.classify(settings, "read " + what, e);
        }
        this.thread = new Thread(() -> run(begin, turn), name);
        this.thread.setDaemon(true);
    }

    /**
     * A consumer as readers have it: keeps its place itself, begins at the beginning, makes no
     * topics, sees nothing of a transaction that was not committed unless told to.
     *
     * @param own settings beside those
     */
    static KafkaConsumer<byte[], byte[]> open(KafkaSettings settings, Map<String, Object> own) {
        Map<String, Object> all = new HashMap<>(own);
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        // A client that writes jobs in a transaction and aborts it has asked for none.
        all.putIfAbsent(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        return new KafkaConsumer<>(
                ClientProperties.of(settings, all),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    /** For the thread alone, but for {@link KafkaConsumer#wakeup}. */
    KafkaConsumer<byte[], byte[]> consumer() {
        return consumer;
    }

    void start() {
        thread.start();
    }

    private void run(Consumer<KafkaConsumer<byte[], byte[]>> begin, Runnable turn) {
        try (consumer) {
            begin.accept(consumer);
            while (!closing) {
                try {
                    turn.run();
                } catch (WakeupException e) {
                    LOG.trace("asked to look up");
                } catch (InterruptException e) {
                    return;
                } catch (RuntimeException e) {
                    LOG.warn("cannot read {}: {}; trying again", what, e.getMessage());
                    pause();
                } catch (Error e) {
                    // Most likely memory that was short for a moment. A service whose reader has
                    // ended would look as if all went well.
                    LOG.error("cannot read {}; trying again", what, e);
                    pause();
                }
            }
        } catch (KafkaException e) {
            LOG.debug("reader of {} did not close cleanly", what, e);
        }
    }

    void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Goes to the first record of that time or later, or to the end where there is none.
     *
     * @return the new places
     */
    Map<TopicPartition, Long> seek(Collection<TopicPartition> partitions, Instant time) {
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(partition -> times.put(partition, time.toEpochMilli()));
        // Asked for first: what is written meanwhile must not be passed over.
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(times);
        Map<TopicPartition, Long> places = new HashMap<>();
        for (TopicPartition partition : partitions) {
            OffsetAndTimestamp first = found.get(partition);
            long place = first == null ? ends.get(partition) : first.offset();
            consumer.seek(partition, place);
            places.put(partition, place);
        }
        return places;
    }

    /** Returns when the thread has ended, or after a few seconds. */
    @Override
    public void close() {
        closing = true;
        consumer.wakeup();
        if (thread.getState() == Thread.State.NEW) {
            consumer.close();
            return;
        }
        try {
            thread.join(Duration.ofSeconds(5).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
