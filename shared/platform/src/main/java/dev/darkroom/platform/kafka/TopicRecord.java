package dev.darkroom.platform.kafka;

import java.time.Instant;
import java.util.Optional;

/** A record as a {@link TopicReader} found it. */
public final class TopicRecord {
    private final String topic;
    private final Instant at;
    private final Optional<String> key;
    private final Optional<byte[]> value;

    TopicRecord(String topic, Instant at, Optional<String> key, Optional<byte[]> value) {
        this.topic = topic;
        this.at = at;
        this.key = key;
        this.value = value;
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
}
