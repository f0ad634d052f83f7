package dev.darkroom.platform.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.job.JobId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FeedWindowTest {
    private static final Duration SOON = Duration.ofMillis(20);
    private static final Duration LATE = Duration.ofSeconds(2);

    private long now;
    private final FeedWindow window = new FeedWindow(() -> now);
    private final Deque<JobId> lying = new ArrayDeque<>();
    private long ids;

    /** Puts as many there as it takes. */
    private int fill() {
        int put = 0;
        while (window.isOpen()) {
            JobId job = JobId.of(new UUID(0x4000, ids++));
            window.put(job);
            lying.addLast(job);
            put++;
        }
        return put;
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private void begin(int count) {
        for (int i = 0; i < count; i++) {
            window.began(lying.removeFirst());
        }
    }

    @Test
    void putsFewThereAtFirst() {
        assertThat(fill()).isEqualTo(FeedWindow.FIRST);
        assertThat(fill()).isZero();
    }

    @Test
    void growsAsLongAsJobsAreBegunAtOnce() {
        int all = 0;
        for (int round = 0; round < 6; round++) {
            all += fill();
            pass(SOON);
            begin(lying.size());
        }
        assertThat(all).isGreaterThan(100);
        for (int round = 0; round < 10; round++) {
            fill();
            pass(SOON);
            begin(lying.size());
        }
        assertThat(fill()).isLessThanOrEqualTo(FeedWindow.LARGEST);
    }

    /** Slots take minutes for a job: one lies there for the next that is free. */
    @Test
    void holdsOneWhereEverySlotIsBusyForLong() {
        for (int round = 0; round < 4; round++) {
            fill();
            pass(SOON);
            begin(lying.size());
        }
        fill();
        while (lying.size() > 1) {
            pass(LATE);
            begin(1);
            assertThat(fill()).isZero();
        }
        for (int round = 0; round < 10; round++) {
            pass(LATE);
            begin(1);
            assertThat(fill()).isEqualTo(1);
        }
    }

    /** Many slots: jobs lie there for as long as the next quarter of a second needs. */
    @Test
    void holdsMoreWhereManyAreBegunInASecond() {
        fill();
        for (int i = 0; i < 4000; i++) {
            pass(Duration.ofMillis(5));
            if (!lying.isEmpty()) {
                begin(1);
            }
            fill();
        }
        assertThat(lying.size()).isBetween(40, 60);
    }

    @Test
    void forgetsAfterAPauseHowMuchThereWasToDo() {
        for (int round = 0; round < 6; round++) {
            fill();
            pass(SOON);
            begin(lying.size());
        }
        pass(LATE);
        assertThat(fill()).isEqualTo(FeedWindow.FIRST);
    }

    /** Its worker died between the queue and its first word: the others must not wait for it. */
    @Test
    void whatNobodyBeginsLeavesItsPlace() {
        fill();
        pass(FeedWindow.PATIENCE.plusMillis(1));
        assertThat(fill()).isEqualTo(FeedWindow.FIRST);
        pass(FeedWindow.PATIENCE.plusMillis(1));
        assertThat(fill()).isZero();
        pass(FeedWindow.PATIENCE);
        assertThat(fill()).isEqualTo(FeedWindow.FIRST);
    }

    @Test
    void whatWasNotPutThereAfterAllShowsNoFreeSlot() {
        fill();
        window.forget(lying.removeFirst());
        window.forget(lying.removeFirst());
        assertThat(fill()).isEqualTo(FeedWindow.FIRST);
    }

    /** Jobs of ten minutes on one slot: what waits there must not become more and more. */
    @Test
    void learnsHowLongJobsLieThere() {
        Duration slow = Duration.ofMinutes(10);
        fill();
        for (int job = 0; job < 30; job++) {
            for (int second = 0; second < slow.toSeconds(); second++) {
                pass(Duration.ofSeconds(1));
                fill();
            }
            begin(1);
            fill();
        }
        assertThat(lying.size()).isLessThan(8);
    }

    @Test
    void anEventOfAnotherJobChangesNothing() {
        fill();
        window.began(JobId.of(new UUID(0x4000, 9999)));
        assertThat(fill()).isZero();
    }
}
