package dev.darkroom.worker.generate;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Tells work on another thread to stop at the next place where it can. */
public final class Cancellation {
    private final AtomicReference<@Nullable DarkroomException> reason = new AtomicReference<>();
    private final CountDownLatch cancelled = new CountDownLatch(1);

    /** The first reason counts. */
    public void cancel(DarkroomException why) {
        reason.compareAndSet(null, why);
        cancelled.countDown();
    }

    /**
     * @throws DarkroomException the reason, where there is one
     */
    public void check() {
        DarkroomException why = reason.get();
        if (why != null) {
            throw why;
        }
    }

    /**
     * Waits, and ends early with the reason.
     *
     * @throws DarkroomException the reason, where there is one; {@link ErrorCode#NOT_READY} where
     *     the thread was interrupted
     */
    public void pause(Duration duration) {
        try {
            if (cancelled.await(duration.toMillis(), TimeUnit.MILLISECONDS)) {
                check();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DarkroomException(ErrorCode.NOT_READY, "the worker is stopping", e);
        }
    }
}
