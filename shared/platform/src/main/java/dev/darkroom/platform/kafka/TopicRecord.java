package dev.darkroom.platform.kafka;

import java.time.Instant;
import java.util.Optional;

/** A record as a {@link TopicReader} found it; no value is a tombstone. */
public record TopicRecord(
        String topic,
        int partition,
        long offset,
        Instant at,
        Optional<String> key,
        Optional<byte[]> value) {}
