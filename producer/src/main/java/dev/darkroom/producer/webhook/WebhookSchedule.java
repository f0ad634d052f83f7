package dev.darkroom.producer.webhook;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * When to try again: waits that grow, up to a fifth longer so that those which failed together do
 * not come back together. How much longer is a function of webhook and attempt.
 *
 * @param waits after the first attempt, the second, ...
 */
record WebhookSchedule(List<Duration> waits) {
    private static final double JITTER = 0.2;

    /** The example of Standard Webhooks 1.0.0: ten attempts in three days. */
    static final WebhookSchedule STANDARD =
            new WebhookSchedule(
                    List.of(
                            Duration.ofSeconds(5),
                            Duration.ofMinutes(5),
                            Duration.ofMinutes(30),
                            Duration.ofHours(2),
                            Duration.ofHours(5),
                            Duration.ofHours(10),
                            Duration.ofHours(14),
                            Duration.ofHours(20),
                            Duration.ofHours(24)));

    WebhookSchedule {
        waits = List.copyOf(waits);
    }

    /**
     * The wait before the next attempt, or nothing where there is none.
     *
     * @param attempts made, from 1
     */
    Optional<Duration> after(String id, int attempts) {
        if (attempts > waits.size()) {
            return Optional.empty();
        }
        CRC32 crc = new CRC32();
        crc.update((id + attempts).getBytes(StandardCharsets.UTF_8));
        double share = crc.getValue() / (double) (1L << 32);
        Duration wait = waits.get(attempts - 1);
        return Optional.of(wait.plusMillis((long) (wait.toMillis() * JITTER * share)));
    }
}
