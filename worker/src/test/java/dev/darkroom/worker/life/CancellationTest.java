package dev.darkroom.worker.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CancellationTest {
    private final Cancellation cancellation = new Cancellation();

    @Test
    void interruptedPauseIsNoPauseThatWasWaitedFor() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> cancellation.pause(Duration.ofSeconds(30)))
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_READY));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void pauseEndsWithTheFirstReason() {
        DarkroomException first = new DarkroomException(ErrorCode.LOCK_LOST, "lost");
        cancellation.cancel(first);
        cancellation.cancel(new DarkroomException(ErrorCode.NOT_READY, "stopping"));

        assertThatThrownBy(() -> cancellation.pause(Duration.ofSeconds(30))).isSameAs(first);
    }
}
