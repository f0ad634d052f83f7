package dev.darkroom.platform.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class StartupTest {
    private final AtomicInteger attempts = new AtomicInteger();

    private void failTwice(ErrorCode code) {
        if (attempts.incrementAndGet() <= 2) {
            throw new DarkroomException(code, "attempt " + attempts);
        }
    }

    @Test
    void triesAgainWhatIsNotThereYet() {
        Startup.retry(Duration.ofSeconds(30), () -> failTwice(ErrorCode.QUEUE_UNAVAILABLE));
        assertThat(attempts).hasValue(3);
    }

    @Test
    void doesNotTryAgainWhatTimeDoesNotMend() {
        assertThatThrownBy(
                        () ->
                                Startup.retry(
                                        Duration.ofSeconds(30),
                                        () -> failTwice(ErrorCode.MISCONFIGURED)))
                .hasMessage("attempt 1");
    }

    @Test
    void failsWithTheLastReasonWhenTheTimeIsUp() {
        assertThatThrownBy(
                        () ->
                                Startup.retry(
                                        Duration.ofMillis(1500),
                                        () -> failTwice(ErrorCode.STORE_UNAVAILABLE)))
                .hasMessage("attempt 2");
    }
}
