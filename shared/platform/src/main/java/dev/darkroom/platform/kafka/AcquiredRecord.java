package dev.darkroom.platform.kafka;

import java.util.Map;
import java.util.Optional;

/** A record of the work topic that a slot has locked. */
public final class AcquiredRecord {
    private final int partition;
    private final long offset;
    private final Optional<String> key;
    private final byte[] value;
    private final int deliveries;
    private final Map<String, String> headers;

    AcquiredRecord(
            int partition,
            long offset,
            Optional<String> key,
            byte[] value,
            int deliveries,
            Map<String, String> headers) {
        this.partition = partition;
        this.offset = offset;
        this.key = key;
        this.value = value;
        this.deliveries = deliveries;
        this.headers = Map.copyOf(headers);
    }

    public int partition() {
        return partition;
    }

    public long offset() {
        return offset;
    }

    public Optional<String> key() {
        return key;
    }

    /** The bytes themselves, not to be changed; empty for a record without a value. */
    public byte[] value() {
        return value;
    }

    /** How often it was delivered, this time included. */
    public int deliveries() {
        return deliveries;
    }

    /** The last value of each header, as text. */
    public Map<String, String> headers() {
        return headers;
    }

    public Optional<String> traceparent() {
        return Optional.ofNullable(headers.get("traceparent"));
    }
}
