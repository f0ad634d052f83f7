package dev.darkroom.worker.generate;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Tells work on another thread to stop at the next place where it can. That the work comes past
 * such places is its sign of life.
 */
public final class Cancellation {
    private final Optional<Cancellation> outer;
    private volatile OptionalLong heard = OptionalLong.empty();
    private final CompletableFuture<DarkroomException> reason = new CompletableFuture<>();
    private final CountDownLatch cancelled = new CountDownLatch(1);

    public Cancellation() {
        this(Optional.empty());
    }

    private Cancellation(Optional<Cancellation> outer) {
        this.outer = outer;
    }

    /** The first reason counts. */
    public void cancel(DarkroomException why) {
        reason.complete(why);
        cancelled.countDown();
    }

    /** One that is cancelled with this one, and by itself without it; a sign of life is of both. */
    public Cancellation inner() {
        Cancellation inner = new Cancellation(Optional.of(this));
        var unused = reason.thenAccept(inner::cancel);
        return inner;
    }

    /** How long the work has shown no sign of life; zero before the first. */
    public Duration silence() {
        OptionalLong last = heard;
        return last.isPresent()
                ? Duration.ofNanos(System.nanoTime() - last.getAsLong())
                : Duration.ZERO;
    }

    /** A sign of life. */
    public void live() {
        heard = OptionalLong.of(System.nanoTime());
        outer.ifPresent(Cancellation::live);
    }

    /**
     * A sign of life.
     *
     * @throws DarkroomException the reason, where there is one
     */
    public void check() {
        live();
        if (reason.isDone()) {
            throw reason.join();
        }
    }

    /**
     * Waits, which is a sign of life, and ends early with the reason.
     *
     * @throws DarkroomException the reason, where there is one; {@link ErrorCode#NOT_READY} where
     *     the thread was interrupted
     */
    public void pause(Duration duration) {
        live();
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
