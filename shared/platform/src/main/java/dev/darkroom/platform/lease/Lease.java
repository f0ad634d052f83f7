package dev.darkroom.platform.lease;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.platform.thread.DaemonThreads;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A lease that was taken: renews itself in a thread of its own until it is closed or lost. */
public final class Lease implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lease.class);

    /** Two beats may fail before the time is up. */
    private static final int BEATS = 4;

    private final Leases leases;
    private final String prefix;
    private final long epoch;
    private final ScheduledExecutorService heart;
    private final ScheduledFuture<?> beating;
    private volatile long renewedAt;
    private volatile boolean lost;
    private volatile boolean abandoned;
    private long beat;

    Lease(Leases leases, String prefix, long epoch, long renewedAt) {
        this.leases = leases;
        this.prefix = prefix;
        this.epoch = epoch;
        this.renewedAt = renewedAt;
        this.heart =
                Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("darkroom-lease"));
        long pause = Math.max(1, leases.timeToLive().toNanos() / BEATS);
        beating =
                heart.scheduleWithFixedDelay(this::tryToRenew, pause, pause, TimeUnit.NANOSECONDS);
    }

    /** The fencing token: higher than that of every holder before. */
    public long epoch() {
        return epoch;
    }

    /** Whether nobody else can have it yet; asks only the clock. */
    public boolean isHeld() {
        return !lost && leases.nanoTime() - renewedAt < leases.timeToLive().toNanos();
    }

    /**
     * Asks the bucket, and renews: before what must not be done by two.
     *
     * @throws DarkroomException LOCK_LOST where another has it
     */
    public void requireHeld() {
        renew();
    }

    private void tryToRenew() {
        try {
            renew();
        } catch (DarkroomException e) {
            LOG.warn("lease {} is not renewed: {}", prefix, e.reason());
        }
    }

    private synchronized void renew() {
        if (!lost) {
            long asked = leases.nanoTime();
            // Whose time is up must not beat again: another may be about to follow.
            lost = !isHeld() || leases.highest(prefix) != epoch;
            if (!lost) {
                leases.write(prefix, epoch, ++beat, false);
                renewedAt = asked;
            }
        }
        if (lost) {
            beating.cancel(false);
            heart.shutdown();
            throw new DarkroomException(
                    ErrorCode.LOCK_LOST,
                    "lease " + prefix + " " + epoch + " is lost: another has it");
        }
    }

    /** Lets the next one have it at once. */
    @Override
    public void close() {
        heart.shutdownNow();
        synchronized (this) {
            if (lost || abandoned) {
                return;
            }
            lost = true;
            try {
                if (leases.highest(prefix) == epoch) {
                    leases.write(prefix, epoch, ++beat, true);
                }
            } catch (DarkroomException e) {
                LOG.warn("lease {} runs out by itself: {}", prefix, e.reason());
            }
        }
    }

    /**
     * Falls silent as a process that is killed does, without letting go: the next one has it when
     * the time to live is over.
     */
    public void abandon() {
        abandoned = true;
        heart.shutdownNow();
    }
}
