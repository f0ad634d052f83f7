package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.worker.Await;
import dev.darkroom.worker.Jobs;
import dev.darkroom.worker.MemoryObjectStore;
import dev.darkroom.worker.RecordedEvents;
import dev.darkroom.worker.delivery.Previews;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job of a thousand steps, ten milliseconds each by a clock that nothing else moves. */
@Timeout(60)
class ProgressReporterTest {
    private static final int STEPS = 1000;
    private static final long STEP_MILLIS = 10;
    private static final int IN_A_SECOND = 5;

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final RecordedEvents events = new RecordedEvents();
    private volatile Instant now = Instant.EPOCH;
    private final Reached reached =
            new Reached(() -> TimeUnit.MILLISECONDS.toNanos(now.toEpochMilli()));

    private final ProgressReporter reporter =
            new ProgressReporter(
                    new Reporting(
                            events, (record, why) -> {}, JobObserver.none(), new SteppedClock()),
                    new Previews(store),
                    Jobs.ID,
                    1,
                    Optional.empty(),
                    reached);

    @Test
    void tellsNoMoreThanFiveTimesInAnySecondAndOfTheLastStep() {
        for (int step = 1; step <= STEPS; step++) {
            step(step, new int[1]);
        }

        assertThat(told()).allMatch(event -> event.preview().isEmpty());
        tellsOften();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 24})
    void tellsNoMoreOftenWhilePreviewsAreShown(int stepsUntilStored) {
        Semaphore stored = new Semaphore(0);
        store.before =
                operation -> {
                    if (operation.equals("put")) {
                        stored.acquireUninterruptibly();
                    }
                };
        int[] shown = {0};
        for (int step = 1; step <= STEPS; step++) {
            reached.demand().ask();
            step(step, shown);
            if (shown[0] > 0 && step == shown[0] + stepsUntilStored) {
                int awaited = shown[0];
                stored.release();
                Await.until(() -> told().stream().anyMatch(event -> event.step() == awaited));
            }
        }

        assertThat(told()).filteredOn(event -> event.preview().isPresent()).hasSizeGreaterThan(10);
        tellsOften();
    }

    @Test
    void goesOnTellingWhenTheClockIsSetBack() {
        for (int step = 1; step <= STEPS / 2; step++) {
            step(step, new int[1]);
        }
        int before = told().size();

        now = now.minus(Duration.ofHours(1));
        for (int step = STEPS / 2 + 1; step < STEPS; step++) {
            step(step, new int[1]);
        }

        assertThat(told()).hasSizeGreaterThanOrEqualTo(before + 15);
    }

    /**
     * @param shown the step whose preview was made last
     */
    private void step(int step, int[] shown) {
        now = now.plusMillis(STEP_MILLIS);
        reporter.stepped(
                step,
                STEPS,
                STEP_MILLIS / 1e3,
                () -> {
                    shown[0] = step;
                    return List.of(new RgbImage(1, 1, new byte[3]));
                });
    }

    private void tellsOften() {
        List<JobEvent.Progress> told = told();
        for (JobEvent.Progress first : told) {
            Instant end = first.at().plus(Duration.ofSeconds(1));
            assertThat(told)
                    .filteredOn(
                            event -> !event.at().isBefore(first.at()) && event.at().isBefore(end))
                    .hasSizeLessThanOrEqualTo(IN_A_SECOND);
        }
        assertThat(told).as("and often enough to follow it").hasSizeGreaterThanOrEqualTo(20);
        JobEvent.Progress last = told.get(told.size() - 1);
        assertThat(last.step()).isEqualTo(STEPS);
        assertThat(last.at()).isEqualTo(now);
    }

    private List<JobEvent.Progress> told() {
        return events.events.stream().map(JobEvent.Progress.class::cast).toList();
    }

    private final class SteppedClock extends Clock {
        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
