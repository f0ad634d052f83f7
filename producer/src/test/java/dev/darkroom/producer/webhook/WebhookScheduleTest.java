package dev.darkroom.producer.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WebhookScheduleTest {
    @Test
    void waitsGrowAsTheStandardSuggestsAndEndAfterTenAttempts() {
        Duration before = Duration.ZERO;
        Duration all = Duration.ZERO;
        for (int attempts = 1; attempts <= 9; attempts++) {
            Duration wait = WebhookSchedule.STANDARD.after("msg_a", attempts).orElseThrow();
            assertThat(wait).isGreaterThan(before.dividedBy(2));
            all = all.plus(wait);
            before = wait;
        }
        assertThat(all).isBetween(Duration.ofHours(75), Duration.ofHours(92));
        assertThat(WebhookSchedule.STANDARD.after("msg_a", 10)).isEmpty();
    }

    @Test
    void thoseThatFailedTogetherDoNotComeBackTogether() {
        Set<Duration> waits = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            Duration wait = WebhookSchedule.STANDARD.after("msg_" + i, 2).orElseThrow();
            assertThat(wait).isBetween(Duration.ofMinutes(5), Duration.ofMinutes(6));
            waits.add(wait);
        }
        assertThat(waits).hasSizeGreaterThan(90);
    }
}
