package dev.darkroom.platform.kafka;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * How long a reader that has just found records lets more of them come before it looks again.
 *
 * <p>The broker answers a look with the first record that comes, so that in a busy pool each would
 * be an answer of its own: a tenth of all that the pool does. The events of a few jobs are not many
 * enough for that, and someone may be waiting for each of them.
 */
final class Gathering {
    /** Between two looks of a busy reader. */
    static final Duration PAUSE = Duration.ofMillis(10);

    /** So many in one look are a backlog, which nobody waits for. */
    static final int BACKLOG = 100;

    /**
     * Busy is who has found something so often within {@link #LATELY}; pauses leave room for it.
     */
    static final int LOOKS = 10;

    static final Duration LATELY = Duration.ofMillis(250);

    private final LongSupplier nanoTime;

    /** When the last looks found something, the earliest first. */
    private final Deque<Long> found = new ArrayDeque<>();

    /**
     * @param nanoTime as {@link System#nanoTime}
     */
    Gathering(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * To be asked once after each look.
     *
     * @param records that it found
     */
    Duration after(int records) {
        if (records == 0) {
            return Duration.ZERO;
        }
        long now = nanoTime.getAsLong();
        found.add(now);
        if (found.size() > LOOKS) {
            found.remove();
        }
        boolean busy = found.size() == LOOKS && now - found.element() < LATELY.toNanos();
        return busy && records < BACKLOG ? PAUSE : Duration.ZERO;
    }
}
