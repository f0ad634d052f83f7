package dev.darkroom.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.embedded.EmbeddedBroker;
import dev.darkroom.platform.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients do when the broker goes away under them and comes back. */
@Timeout(180)
final class BrokerRestartTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir Path folder;
    private EmbeddedBroker broker;
    private KafkaSettings settings;

    @BeforeEach
    void startsBroker() throws IOException {
        broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        settings = new KafkaSettings(broker.bootstrapServers(), Map.of(), 1, 1, 15);
        PoolTopology.ensure(settings);
    }

    @AfterEach
    void stopsBroker() throws IOException {
        broker.close();
    }

    private void restartBroker() throws IOException {
        broker = EmbeddedBroker.start(folder.resolve("kafka"), broker.port());
    }

    @Test
    void goOnWithTheBrokerThatComesBack() throws IOException {
        List<String> read = new CopyOnWriteArrayList<>();
        try (JobPublisher publisher = new JobPublisher(settings, "/darkroom/test");
                JobSlot slot = new JobSlot(settings, "slot");
                JobRelay relay =
                        new JobRelay(
                                settings, (record, from) -> from.forward(record, failure -> {}));
                TopicReader reader =
                        new TopicReader(
                                settings,
                                List.of(Topics.JOBS),
                                record -> read.add(record.key().orElse("")))) {
            reader.start();
            relay.start();
            GenerationJob first = TestJobs.next();
            publisher.submit(first, Optional.empty());
            Optional<AcquiredRecord> held = slot.take(SOON);
            assertThat(held.flatMap(AcquiredRecord::key)).contains(first.id().value());

            broker.close();

            assertUnavailable(() -> publisher.submit(TestJobs.next(), Optional.empty()));
            assertUnavailable(slot::accept);
            assertThat(slot.take(Duration.ofMillis(100))).isEmpty();
            assertThat(reader.awaitCaughtUp(Duration.ofMillis(100))).isFalse();

            restartBroker();

            // The job whose end nobody heard of is delivered again.
            Optional<AcquiredRecord> again = slot.take(SOON);
            assertThat(again.flatMap(AcquiredRecord::key)).contains(first.id().value());
            assertThat(slot.accept()).isTrue();

            GenerationJob second = TestJobs.next();
            publisher.submit(second, Optional.empty());
            Waiting.until(SOON, "the reader to go on", () -> read.contains(second.id().value()));
            assertThat(reader.awaitCaughtUp(SOON)).isTrue();
            assertThat(read).startsWith(first.id().value()).endsWith(second.id().value());
        }
    }

    private static void assertUnavailable(Runnable call) {
        long start = System.nanoTime();
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.QUEUE_UNAVAILABLE));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(25));
    }
}
