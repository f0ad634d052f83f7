package dev.darkroom.worker.intake;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether someone wants to see how far an attempt's pictures are: once at least, however long a
 * step takes, and for a while after each time that it was asked for. For all threads.
 */
final class PreviewDemand {
    private static final long LASTS = TimeUnit.SECONDS.toNanos(10);
    private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(500);

    private final LongSupplier nanoTime;
    private boolean asked;
    private boolean owed;
    private boolean busy;
    private boolean met;
    private long askedAt;
    private long metAt;

    /**
     * @param nanoTime as {@link System#nanoTime}
     */
    PreviewDemand(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    synchronized void ask() {
        asked = true;
        owed = true;
        askedAt = nanoTime.getAsLong();
    }

    /** Whether a preview is to be made now; whoever makes it says when it is {@link #done}. */
    synchronized boolean take() {
        if (!asked || busy) {
            return false;
        }
        long now = nanoTime.getAsLong();
        boolean early = met && now - metAt < INTERVAL;
        if (early || !(owed || now - askedAt < LASTS)) {
            return false;
        }
        owed = false;
        busy = true;
        met = true;
        metAt = now;
        return true;
    }

    synchronized void done() {
        busy = false;
    }

    /** Whether a preview was ever begun. */
    synchronized boolean wasMet() {
        return met;
    }
}
