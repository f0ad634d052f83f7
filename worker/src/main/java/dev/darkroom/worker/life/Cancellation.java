package dev.darkroom.worker.life;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Tells work on another thread to stop at the next place where it can. That the work comes past
 * such places is its sign of life.
 */
public final class Cancellation {
    /** Between two looks at those that are waited for. */
    public static final Duration LOOK = Duration.ofMillis(200);

    private final Pulse pulse;
    private final CompletableFuture<DarkroomException> reason = new CompletableFuture<>();
    private final CountDownLatch cancelled = new CountDownLatch(1);

    public Cancellation() {
        this(new Pulse());
    }

    /** Of work that is a part of what has this pulse. */
    public Cancellation(Pulse pulse) {
        this.pulse = pulse;
    }

    /** The work's signs of life. */
    public Pulse pulse() {
        return pulse;
    }

    /** The first reason counts. */
    public void cancel(DarkroomException why) {
        reason.complete(why);
        cancelled.countDown();
    }

    /** One that is cancelled with this one, and by itself without it; a sign of life is of both. */
    public Cancellation inner() {
        Cancellation inner = new Cancellation(pulse);
        var unused = reason.thenAccept(inner::cancel);
        return inner;
    }

    /**
     * Cancels work that has shown no sign of life for longer than that, and lets those who wait for
     * it know.
     *
     * @return whether it did
     */
    public boolean giveUpIfSilent(Duration longest) {
        Duration silence = pulse.silence();
        if (silence.compareTo(longest) <= 0) {
            return false;
        }
        pulse.lose();
        cancel(
                new DarkroomException(
                        ErrorCode.NOT_READY, "no sign of life for " + silence.toSeconds() + " s"));
        return true;
    }

    /**
     * A sign of life.
     *
     * @throws DarkroomException the reason, where there is one
     */
    public void check() {
        pulse.live();
        throwIfCancelled();
    }

    /**
     * To be called again and again by work that waits for others. It is alive as long as they are:
     * who stands still is found by whoever watches it, not by those who wait for it.
     *
     * @param goOn whether one of those others was not given up
     * @throws DarkroomException the reason, where there is one
     */
    public void waits(boolean goOn) {
        if (goOn) {
            pulse.live();
        }
        throwIfCancelled();
    }

    /**
     * As {@link #waits(boolean)}, and then waits a moment, or until the monitor is notified.
     *
     * @param monitor which the calling thread has
     * @throws DarkroomException the reason, where there is one; {@link ErrorCode#NOT_READY} where
     *     the thread was interrupted
     */
    @SuppressWarnings("WaitNotInLoop") // Whoever calls it does.
    public void waitOn(Object monitor, boolean goOn) {
        waits(goOn);
        try {
            monitor.wait(LOOK.toMillis());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * Waits, which is a sign of life, and ends early with the reason.
     *
     * @throws DarkroomException the reason, where there is one; {@link ErrorCode#NOT_READY} where
     *     the thread was interrupted
     */
    public void pause(Duration duration) {
        pulse.live();
        try {
            if (cancelled.await(duration.toMillis(), TimeUnit.MILLISECONDS)) {
                check();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** What waiting ends with where the thread was interrupted, which it is again after this. */
    public static DarkroomException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new DarkroomException(ErrorCode.NOT_READY, "the worker is stopping", cause);
    }

    private void throwIfCancelled() {
        if (reason.isDone()) {
            throw reason.join();
        }
    }
}
