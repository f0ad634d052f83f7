package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final FakeTime time = new FakeTime();
    private long jobsUntil = Long.MAX_VALUE;
    private final Pace pace = new Pace(() -> time.now < jobsUntil, time);

    private static final class FakeTime implements Pace.Time {
        long now = 1000;
        long slept;
        boolean interrupted;

        @Override
        public long nanos() {
            return now;
        }

        @Override
        public boolean sleep(long nanos) {
            now += nanos;
            slept += nanos;
            return !interrupted;
        }
    }

    @Test
    void restsTwiceAsLongAsItWorked() {
        time.now += SECOND;
        pace.rest();
        assertThat(time.slept).isEqualTo(2 * SECOND);

        time.now += 3 * SECOND;
        pace.rest();
        assertThat(time.slept).isEqualTo(8 * SECOND);
    }

    @Test
    void restsOnlyWhileAJobRuns() {
        jobsUntil = time.now + SECOND + SECOND / 2;
        time.now += SECOND;
        pace.rest();
        assertThat(time.slept).isEqualTo(SECOND / 2);

        time.now += SECOND;
        pace.rest();
        assertThat(time.slept).isEqualTo(SECOND / 2);
    }

    @Test
    void restsForHalfAMinuteAtMost() {
        time.now += 600 * SECOND;
        pace.rest();
        assertThat(time.slept).isEqualTo(30 * SECOND);
    }

    @Test
    void restsNoLongerWhereItIsToEnd() {
        time.interrupted = true;
        time.now += SECOND;
        pace.rest();
        assertThat(time.slept).isLessThan(SECOND / 10);
    }
}
