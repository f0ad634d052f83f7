package dev.darkroom.platform.kafka;

import dev.darkroom.contract.queue.Topics;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * What went on to the ready records from some place on.
 *
 * @param begin the place: an offset of the ready records
 * @param end where they ended when they were read
 * @param origins offsets and timestamps of the records that they were
 */
record ForwardedRecords(long begin, long end, Map<TopicPartition, Map<Long, Long>> origins) {
    static final TopicPartition READY = new TopicPartition(Topics.READY, ReadyRecord.PARTITION);
    private static final Duration POLL = Duration.ofSeconds(1);

    /** Share groups read what is not committed, too: nothing of that may hide from here. */
    private static final Map<String, Object> AS_SLOTS_SEE = new HashMap<>(ReaderLoop.ANSWERED_SOON);

    static {
        AS_SLOTS_SEE.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    }

    /**
     * Reads the ready records from the earliest place that was kept.
     *
     * @param kept with the place in their metadata; one without reads all
     * @param meanwhile called again and again, for there may be many
     * @throws org.apache.kafka.common.KafkaException where the broker does not answer
     */
    static ForwardedRecords since(
            KafkaSettings settings, Collection<OffsetAndMetadata> kept, Runnable meanwhile) {
        try (KafkaConsumer<byte[], byte[]> consumer = ReaderLoop.open(settings, AS_SLOTS_SEE)) {
            consumer.assign(List.of(READY));
            long end = consumer.endOffsets(List.of(READY)).getOrDefault(READY, 0L);
            long place = place(kept);
            // Beyond the end lies the place of a topic that was made anew.
            long begin = place > end ? 0 : place;
            consumer.seek(READY, begin);
            Map<TopicPartition, Map<Long, Long>> origins = new HashMap<>();
            while (consumer.position(READY) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    DeadLetter.Origin origin = ReadyRecord.origin(record);
                    origins.computeIfAbsent(
                                    new TopicPartition(origin.topic(), origin.partition()),
                                    any -> new HashMap<>())
                            .put(origin.offset(), origin.timestamp());
                }
                meanwhile.run();
            }
            return new ForwardedRecords(begin, end, origins);
        }
    }

    /**
     * From where on the ready records say all that has gone on behind places; 0 where one does not
     * tell.
     */
    static long place(Collection<OffsetAndMetadata> kept) {
        return kept.stream().mapToLong(ForwardedRecords::place).min().orElse(0);
    }

    private static long place(OffsetAndMetadata kept) {
        try {
            return Long.parseLong(kept.metadata());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Those of a partition that lie at an offset or behind it. */
    Map<Long, Long> of(TopicPartition partition, long from) {
        Map<Long, Long> behind = new HashMap<>(origins.getOrDefault(partition, Map.of()));
        behind.keySet().removeIf(offset -> offset < from);
        return behind;
    }
}
