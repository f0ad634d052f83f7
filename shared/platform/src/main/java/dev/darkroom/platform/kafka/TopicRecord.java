package dev.darkroom.platform.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** A record as a {@link TopicReader} found it. */
public final class TopicRecord {
    private final String topic;
    private final Instant at;
    private final Optional<String> key;
    private final Optional<byte[]> value;
    private final Map<String, String> headers;

    private TopicRecord(
            String topic,
            Instant at,
            Optional<String> key,
            Optional<byte[]> value,
            Map<String, String> headers) {
        this.topic = topic;
        this.at = at;
        this.key = key;
        this.value = value;
        this.headers = headers;
    }

    static TopicRecord of(ConsumerRecord<byte[], byte[]> raw) {
        return new TopicRecord(
                raw.topic(),
                Instant.ofEpochMilli(raw.timestamp()),
                Optional.ofNullable(raw.key()).map(key -> new String(key, StandardCharsets.UTF_8)),
                Optional.ofNullable(raw.value()),
                texts(raw.headers()));
    }

    TopicRecord withValue(byte[] other) {
        return new TopicRecord(topic, at, key, Optional.of(other), headers);
    }

    /** The last value of each header, as text. */
    static Map<String, String> texts(Headers headers) {
        Map<String, String> texts = new HashMap<>();
        for (Header header : headers) {
            byte[] value = header.value();
            texts.put(header.key(), value == null ? "" : new String(value, StandardCharsets.UTF_8));
        }
        return Map.copyOf(texts);
    }

    public String topic() {
        return topic;
    }

    /** When the broker or the sender says that it was written. */
    public Instant at() {
        return at;
    }

    public Optional<String> key() {
        return key;
    }

    /** Nothing where it is a tombstone. */
    public Optional<byte[]> value() {
        return value;
    }

    /** The last value of each header, as text. */
    public Map<String, String> headers() {
        return headers;
    }
}
