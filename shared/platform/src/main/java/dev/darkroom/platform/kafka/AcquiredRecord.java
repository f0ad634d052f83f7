package dev.darkroom.platform.kafka;

import java.util.Map;
import java.util.Optional;

/**
 * A record of the work topic that a slot has locked.
 *
 * @param deliveries how often it was delivered, this time included
 * @param headers last value of each name, as text
 */
public record AcquiredRecord(
        int partition,
        long offset,
        Optional<String> key,
        byte[] value,
        int deliveries,
        Map<String, String> headers) {
    public Optional<String> traceparent() {
        return Optional.ofNullable(headers.get("traceparent"));
    }
}
