package dev.darkroom.platform.kafka;

import dev.darkroom.contract.queue.TraceContext;
import java.util.Comparator;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/** A record of {@code darkroom.jobs} that waits to be put before the workers. */
public final class RelayedRecord {
    /** As they came. */
    public static final Comparator<RelayedRecord> ARRIVAL =
            Comparator.comparingLong((RelayedRecord record) -> record.offset)
                    .thenComparingInt(record -> record.partition.partition());

    private final TopicPartition partition;
    private final long offset;
    private final ProducerRecord<byte[], byte[]> ready;
    private final Optional<String> traceparent;

    RelayedRecord(ConsumerRecord<byte[], byte[]> job) {
        this.partition = new TopicPartition(job.topic(), job.partition());
        this.offset = job.offset();
        this.ready = ReadyRecord.of(job);
        this.traceparent =
                TraceContext.of(
                        TopicRecord.texts(job.headers()).get(CloudEventHeaders.TRACEPARENT));
    }

    TopicPartition partition() {
        return partition;
    }

    long offset() {
        return offset;
    }

    ProducerRecord<byte[], byte[]> ready() {
        return ready;
    }

    /** The bytes themselves, not to be changed; empty for a record without a value. */
    public byte[] value() {
        return ready.value() == null ? new byte[0] : ready.value();
    }

    /** What it takes in memory, roughly: its value, its key and its headers. */
    public int bytes() {
        int bytes = value().length + (ready.key() == null ? 0 : ready.key().length);
        for (Header header : ready.headers()) {
            bytes += header.key().length() + (header.value() == null ? 0 : header.value().length);
        }
        return bytes;
    }

    public Optional<String> traceparent() {
        return traceparent;
    }

    @Override
    public String toString() {
        return partition + " offset " + offset;
    }
}
