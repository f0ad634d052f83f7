package dev.darkroom.platform.kafka;

import dev.darkroom.contract.queue.TraceContext;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A job that a slot has locked. */
public final class AcquiredRecord {
    private final ConsumerRecord<byte[], byte[]> raw;
    private final DeadLetter.Origin origin;
    private final Map<String, String> headers;

    AcquiredRecord(ConsumerRecord<byte[], byte[]> raw) {
        this.raw = raw;
        this.origin = ReadyRecord.origin(raw);
        this.headers = TopicRecord.texts(raw.headers());
    }

    /** The record as it came, for the dead-letter topic. */
    ConsumerRecord<byte[], byte[]> raw() {
        return raw;
    }

    /** Of the record that clients wrote. */
    public int partition() {
        return origin.partition();
    }

    /** Of the record that clients wrote. */
    public long offset() {
        return origin.offset();
    }

    public Optional<String> key() {
        return Optional.ofNullable(raw.key()).map(key -> new String(key, StandardCharsets.UTF_8));
    }

    /** The bytes themselves, not to be changed; empty for a record without a value. */
    public byte[] value() {
        byte[] value = raw.value();
        return value == null ? new byte[0] : value;
    }

    /** How often it was delivered, this time included. */
    public int deliveries() {
        return raw.deliveryCount().map(Short::intValue).orElse(1);
    }

    /** The last value of each header, as text. */
    public Map<String, String> headers() {
        return headers;
    }

    public Optional<String> traceparent() {
        return TraceContext.of(headers.get(CloudEventHeaders.TRACEPARENT));
    }
}
