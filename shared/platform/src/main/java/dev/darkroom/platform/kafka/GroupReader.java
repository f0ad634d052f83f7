package dev.darkroom.platform.kafka;

import dev.darkroom.contract.error.DarkroomException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a topic as one member of a group, in a thread of its own: each record is handled by one of
 * the members, at least once. The group's place is kept by the broker and moves past a record only
 * when it was handled; one that cannot be is tried again until it can.
 */
public final class GroupReader implements AutoCloseable {
    /** Called from the reader's thread, in the order of each partition. */
    @FunctionalInterface
    public interface Handler {
        /**
         * @throws DarkroomException where the record must come again
         */
        void accept(TopicRecord record);
    }

    private static final Logger LOG = LoggerFactory.getLogger(GroupReader.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int AT_ONCE = 50;

    private final String topic;
    private final Instant since;
    private final Handler handler;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread;
    private volatile boolean closing;

    /**
     * @param since where a group begins that has no place yet: passes over records from before
     */
    public GroupReader(
            KafkaSettings settings, String group, String topic, Instant since, Handler handler) {
        this.topic = topic;
        this.since = since;
        this.handler = handler;
        Map<String, Object> own =
                Map.of(
                        ConsumerConfig.GROUP_ID_CONFIG,
                        group,
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        // Only where the place that was kept is no longer on the topic.
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest",
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                        false,
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        AT_ONCE);
        try {
            this.consumer =
                    new KafkaConsumer<>(
                            ClientProperties.of(settings, own),
                            new ByteArrayDeserializer(),
                            new ByteArrayDeserializer());
        } catch (KafkaException e) {
            throw KafkaErrors.classify(settings, "read " + topic, e);
        }
        this.thread = new Thread(this::run, "darkroom-group-" + group);
        this.thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try (consumer) {
            consumer.subscribe(List.of(topic), new Assigned());
            while (!closing) {
                try {
                    readOnce();
                } catch (WakeupException e) {
                    LOG.trace("asked to look up");
                } catch (InterruptException e) {
                    return;
                } catch (KafkaException | IllegalStateException e) {
                    LOG.warn("cannot read {}: {}; trying again", topic, e.getMessage());
                    pause();
                }
            }
        } catch (KafkaException e) {
            LOG.debug("reader of {} did not close cleanly", topic, e);
        }
    }

    private void readOnce() {
        Map<TopicPartition, OffsetAndMetadata> handled = new HashMap<>();
        Set<TopicPartition> stopped = new java.util.HashSet<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            if (stopped.contains(partition)) {
                continue;
            }
            if (handle(record)) {
                handled.put(partition, new OffsetAndMetadata(record.offset() + 1));
            } else {
                stopped.add(partition);
                consumer.seek(partition, record.offset());
            }
        }
        if (!handled.isEmpty()) {
            consumer.commitSync(handled);
        }
        if (!stopped.isEmpty()) {
            pause();
        }
    }

    private boolean handle(ConsumerRecord<byte[], byte[]> record) {
        try {
            handler.accept(TopicRecord.of(record));
            return true;
        } catch (DarkroomException e) {
            LOG.warn(
                    "{}:{}:{} is tried again: {}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    e.reason());
            return false;
        } catch (RuntimeException e) {
            LOG.error(
                    "passed over {}:{}:{}, which could not be handled",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    e);
            return true;
        }
    }

    private void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when the thread has ended, or after a few seconds. */
    @Override
    public void close() {
        closing = true;
        if (thread.getState() == Thread.State.NEW) {
            consumer.close();
            return;
        }
        consumer.wakeup();
        try {
            thread.join(Duration.ofSeconds(5).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Gives partitions that have no place yet one, which is kept at once. */
    private final class Assigned implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            // What was handled is committed after every poll.
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            Map<TopicPartition, OffsetAndMetadata> kept =
                    consumer.committed(Set.copyOf(partitions));
            Map<TopicPartition, Long> times = new HashMap<>();
            for (TopicPartition partition : partitions) {
                if (kept.get(partition) == null) {
                    times.put(partition, since.toEpochMilli());
                }
            }
            if (times.isEmpty()) {
                return;
            }
            // Asked for first: what is written meanwhile must not be passed over.
            Map<TopicPartition, Long> ends = consumer.endOffsets(times.keySet());
            Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(times);
            Map<TopicPartition, OffsetAndMetadata> places = new HashMap<>();
            for (TopicPartition partition : times.keySet()) {
                OffsetAndTimestamp first = found.get(partition);
                long place = first == null ? ends.get(partition) : first.offset();
                consumer.seek(partition, place);
                places.put(partition, new OffsetAndMetadata(place));
            }
            consumer.commitSync(places);
        }
    }
}
