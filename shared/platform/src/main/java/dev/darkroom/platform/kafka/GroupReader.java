package dev.darkroom.platform.kafka;

import dev.darkroom.contract.error.DarkroomException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
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
    private static final int AT_ONCE = 50;

    private final Instant since;
    private final Handler handler;
    private final ReaderLoop loop;

    /**
     * @param since where a group begins that has no place yet: passes over records from before
     */
    public GroupReader(
            KafkaSettings settings, String group, String topic, Instant since, Handler handler) {
        this.since = since;
        this.handler = handler;
        Map<String, Object> own =
                Map.of(
                        ConsumerConfig.GROUP_ID_CONFIG,
                        group,
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        AT_ONCE);
        this.loop =
                new ReaderLoop(
                        settings,
                        own,
                        topic,
                        "darkroom-group-" + group,
                        consumer -> consumer.subscribe(List.of(topic), new Assigned()),
                        this::readOnce);
    }

    public void start() {
        loop.start();
    }

    private void readOnce() {
        KafkaConsumer<byte[], byte[]> consumer = loop.consumer();
        Map<TopicPartition, OffsetAndMetadata> handled = new HashMap<>();
        Set<TopicPartition> stopped = new HashSet<>();
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
            loop.pause();
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
        } catch (Error e) {
            LOG.error(
                    "{}:{}:{} is tried again",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    e);
            return false;
        }
    }

    /** Returns when the thread has ended, or after a few seconds. */
    @Override
    public void close() {
        loop.close();
    }

    /** Gives partitions that have no place yet one, which is kept at once. */
    private final class Assigned implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            // What was handled is committed after every poll.
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            KafkaConsumer<byte[], byte[]> consumer = loop.consumer();
            Map<TopicPartition, OffsetAndMetadata> kept =
                    consumer.committed(Set.copyOf(partitions));
            List<TopicPartition> fresh =
                    partitions.stream().filter(partition -> kept.get(partition) == null).toList();
            if (fresh.isEmpty()) {
                return;
            }
            Map<TopicPartition, OffsetAndMetadata> places = new HashMap<>();
            loop.seek(fresh, since)
                    .forEach(
                            (partition, place) ->
                                    places.put(partition, new OffsetAndMetadata(place)));
            consumer.commitSync(places);
        }
    }
}
