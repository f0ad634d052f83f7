package dev.darkroom.worker.intake;

import java.time.Duration;

/** Waits that grow fourfold from the first to the longest. */
public record Backoff(Duration first, Duration longest) {
    private static final int MAX_EXPONENT = 15;

    public Backoff {
        if (first.isNegative() || first.isZero() || longest.compareTo(first) < 0) {
            throw new IllegalArgumentException("waits from " + first + " to " + longest);
        }
    }

    /**
     * @param failures so far, from 1
     */
    public Duration after(int failures) {
        int exponent = Math.min(MAX_EXPONENT, Math.max(0, failures - 1));
        Duration wait = first.multipliedBy(1L << (2 * exponent));
        return wait.compareTo(longest) > 0 ? longest : wait;
    }
}
