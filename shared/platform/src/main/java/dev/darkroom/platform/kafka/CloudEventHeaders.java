package dev.darkroom.platform.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Headers of a record as CloudEvents 1.0 puts them in Kafka's binary mode, with W3C trace context.
 *
 * @see <a
 *     href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md">Kafka
 *     protocol binding</a>
 */
final class CloudEventHeaders {
    static final String TRACEPARENT = "traceparent";

    private CloudEventHeaders() {}

    /**
     * @param id unique within the source
     * @param type as in {@code dev.darkroom.job.accepted}
     * @param subject the job's id, or the checkpoint
     */
    static Headers of(
            String id,
            String source,
            String type,
            Instant time,
            String subject,
            Optional<String> traceparent) {
        Headers headers = new RecordHeaders();
        add(headers, "ce_specversion", "1.0");
        add(headers, "ce_id", id);
        add(headers, "ce_source", source);
        add(headers, "ce_type", type);
        add(headers, "ce_time", time.toString());
        add(headers, "ce_subject", subject);
        add(headers, "content-type", "application/json");
        traceparent.ifPresent(value -> add(headers, TRACEPARENT, value));
        return headers;
    }

    static void add(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
