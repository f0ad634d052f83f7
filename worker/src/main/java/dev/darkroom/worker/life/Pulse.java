package dev.darkroom.worker.life;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * The signs of life of one piece of work, which shows them on its own thread. Whoever watches it
 * sees by its silence that it stands still, and gives it up; those who wait for it see that.
 */
public final class Pulse {
    private volatile OptionalLong heard = OptionalLong.empty();
    private volatile boolean lost;

    /** A sign of life. */
    public void live() {
        heard = OptionalLong.of(System.nanoTime());
    }

    /** Until the next sign none is to be expected: what is done now has a limit of its own. */
    public void rest() {
        heard = OptionalLong.empty();
    }

    /** How long there has been no sign of life; zero before the first and while it rests. */
    public Duration silence() {
        OptionalLong last = heard;
        return last.isPresent()
                ? Duration.ofNanos(System.nanoTime() - last.getAsLong())
                : Duration.ZERO;
    }

    void lose() {
        lost = true;
    }

    /** Whether it was given up: what waits for it may wait for ever. */
    public boolean isLost() {
        return lost;
    }
}
