package dev.darkroom.platform.kafka;

import dev.darkroom.contract.queue.Topics;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * A record of {@code darkroom.jobs.ready}: one of {@code darkroom.jobs} as it came, with headers
 * that say where it came from. What is only small when compressed is cut, so that every record can
 * go on.
 */
final class ReadyRecord {
    /** One partition, written to by name: those who dispatch read it to its end. */
    static final int PARTITION = 0;

    /** A compressed record can be larger here than any topic takes back as it is. */
    private static final int MAX_BYTES = 1 << 20;

    /** Longer than any job's id, which is what a key should be. */
    private static final int MAX_KEY_BYTES = 4096;

    private ReadyRecord() {}

    static ProducerRecord<byte[], byte[]> of(ConsumerRecord<byte[], byte[]> job) {
        Headers headers = new RecordHeaders();
        DeadLetterHeaders.copy(job.headers(), headers);
        own(job).headers().forEach((name, text) -> CloudEventHeaders.add(headers, name, text));
        return new ProducerRecord<>(
                Topics.READY,
                PARTITION,
                null,
                key(job.key()),
                shortened(job.value(), headers),
                headers);
    }

    private static byte @Nullable [] key(byte @Nullable [] key) {
        return key == null || key.length <= MAX_KEY_BYTES ? key : Arrays.copyOf(key, MAX_KEY_BYTES);
    }

    /** Of a value over 1 MiB only the beginning is kept, and a header says how long it was. */
    private static byte @Nullable [] shortened(byte @Nullable [] value, Headers headers) {
        if (value == null || value.length <= MAX_BYTES) {
            return value;
        }
        CloudEventHeaders.add(headers, DeadLetterHeaders.BYTES, Integer.toString(value.length));
        return Arrays.copyOf(value, MAX_BYTES);
    }

    /** Which record clients wrote. */
    static DeadLetter.Origin origin(ConsumerRecord<byte[], byte[]> record) {
        return Optional.of(record)
                .filter(any -> any.topic().equals(Topics.READY))
                .flatMap(any -> DeadLetter.Origin.of(TopicRecord.of(any)))
                .orElseGet(() -> own(record));
    }

    /** How long the value was that clients wrote, where it is no longer whole. */
    static Optional<String> originalBytes(ConsumerRecord<byte[], byte[]> record) {
        Header header = record.headers().lastHeader(DeadLetterHeaders.BYTES);
        return Optional.ofNullable(header)
                .filter(any -> record.topic().equals(Topics.READY))
                .map(any -> new String(any.value(), StandardCharsets.UTF_8));
    }

    private static DeadLetter.Origin own(ConsumerRecord<byte[], byte[]> record) {
        return new DeadLetter.Origin(
                record.topic(), record.partition(), record.offset(), record.timestamp());
    }
}
