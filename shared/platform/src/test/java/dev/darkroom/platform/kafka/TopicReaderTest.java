package dev.darkroom.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.Embedded;
import dev.darkroom.platform.Waiting;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class TopicReaderTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final KafkaSettings kafka = Embedded.kafka();
    private final String before = "before-" + UUID.randomUUID();
    private final String after = "after-" + UUID.randomUUID();
    private final String later = "later-" + UUID.randomUUID();

    @Test
    void readsFromATimeOnAndGoesOn() {
        try (RecordWriter writer = new RecordWriter(kafka)) {
            write(writer, before);
            Instant end = read(Optional.empty()).get(0).at();
            Instant since = end.plusMillis(1);
            Waiting.until(LIMIT, "the next millisecond", () -> Instant.now().isAfter(since));
            write(writer, after);

            assertThat(read(Optional.empty())).hasSize(2);
            assertThat(read(Optional.of(since)))
                    .extracting(record -> record.key().orElseThrow())
                    .containsExactly(after);

            List<TopicRecord> seen = new CopyOnWriteArrayList<>();
            try (TopicReader reader = reader(seen, Optional.of(since.plusSeconds(60)))) {
                reader.start();
                assertThat(reader.awaitCaughtUp(LIMIT)).isTrue();
                write(writer, later);
                Waiting.until(LIMIT, "what is written now", () -> !seen.isEmpty());
            }
            assertThat(seen)
                    .extracting(record -> record.key().orElseThrow())
                    .containsExactly(later);
        }
    }

    /** Or a service would look as if all went well, and hear of nothing. */
    @Test
    void goesOnAfterAnError() {
        List<String> seen = new CopyOnWriteArrayList<>();
        AtomicBoolean shortOfMemory = new AtomicBoolean(true);
        try (RecordWriter writer = new RecordWriter(kafka);
                TopicReader reader =
                        new TopicReader(
                                kafka,
                                List.of(Topics.TRAINING_EVENTS),
                                record -> {
                                    String key = record.key().orElse("");
                                    boolean moment =
                                            key.equals(later) && shortOfMemory.getAndSet(false);
                                    if (moment || key.equals(before)) {
                                        throw new OutOfMemoryError("for a moment");
                                    }
                                    seen.add(key);
                                })) {
            reader.start();
            write(writer, before);
            write(writer, later);
            write(writer, after);

            Waiting.until(LIMIT, "what comes after", () -> seen.contains(after));
        }
        assertThat(seen).contains(later).doesNotContain(before);
    }

    private static void write(RecordWriter writer, String key) {
        writer.write(
                Topics.TRAINING_EVENTS, key, Optional.of("{}".getBytes(StandardCharsets.UTF_8)));
    }

    private List<TopicRecord> read(Optional<Instant> since) {
        List<TopicRecord> seen = new CopyOnWriteArrayList<>();
        try (TopicReader reader = reader(seen, since)) {
            reader.start();
            assertThat(reader.awaitCaughtUp(LIMIT)).isTrue();
        }
        return seen;
    }

    /** Of what this test has written. */
    private TopicReader reader(List<TopicRecord> seen, Optional<Instant> since) {
        return new TopicReader(
                kafka,
                List.of(Topics.TRAINING_EVENTS),
                record -> {
                    if (List.of(before, after, later).contains(record.key().orElse(""))) {
                        seen.add(record);
                    }
                },
                since);
    }
}
