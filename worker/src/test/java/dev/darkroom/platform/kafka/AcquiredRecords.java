package dev.darkroom.platform.kafka;

import dev.darkroom.contract.queue.Topics;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/** Records as a slot would have acquired them, for tests that have no broker. */
public final class AcquiredRecords {
    private AcquiredRecords() {}

    public static AcquiredRecord of(
            Optional<String> key, byte[] value, int deliveries, Map<String, String> headers) {
        RecordHeaders raw = new RecordHeaders();
        headers.forEach((name, text) -> raw.add(name, text.getBytes(StandardCharsets.UTF_8)));
        return new AcquiredRecord(
                new ConsumerRecord<>(
                        Topics.READY,
                        0,
                        7,
                        0,
                        TimestampType.CREATE_TIME,
                        0,
                        value.length,
                        key.map(text -> text.getBytes(StandardCharsets.UTF_8)).orElse(null),
                        value,
                        raw,
                        Optional.empty(),
                        Optional.of((short) deliveries)));
    }

    /** A record of the control topic. */
    public static TopicRecord control(String key) {
        return control(key, null);
    }

    /** A record of the control topic with a value. */
    public static TopicRecord control(String key, byte[] value) {
        return TopicRecord.of(
                new ConsumerRecord<>(
                        Topics.JOB_CONTROL, 0, 0, key.getBytes(StandardCharsets.UTF_8), value));
    }
}
