package dev.darkroom.worker.model;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Spreads work that is done beside running jobs, so that none of them pays for all of it: after
 * each part it rests for twice the time that the part took, for as long as a job runs. A load so
 * has a third of a processor, and takes three times as long. Where no job runs it never rests.
 *
 * <p>For one thread; what lies between two rests is one part.
 */
final class Pace {
    private static final int REST = 2;
    private static final long LONGEST_REST = TimeUnit.SECONDS.toNanos(30);
    private static final long SLICE = TimeUnit.MILLISECONDS.toNanos(5);

    private final BooleanSupplier isBusy;
    private final Time time;
    private long begin;

    /** The clock and its hands. */
    interface Time {
        /** As {@link System#nanoTime}. */
        long nanos();

        /**
         * Returns after so long.
         *
         * @return false where the thread was interrupted
         */
        boolean sleep(long nanos);
    }

    Pace(BooleanSupplier isBusy) {
        this(isBusy, system());
    }

    Pace(BooleanSupplier isBusy, Time time) {
        this.isBusy = isBusy;
        this.time = time;
        this.begin = time.nanos();
    }

    /** The end of one part and the beginning of the next. */
    void rest() {
        long now = time.nanos();
        long end = now + Math.min(LONGEST_REST, REST * (now - begin));
        while (time.nanos() - end < 0 && isBusy.getAsBoolean() && time.sleep(SLICE)) {
            // A job that has ended meanwhile is waited for no longer.
        }
        begin = time.nanos();
    }

    private static Time system() {
        return new Time() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public boolean sleep(long nanos) {
                try {
                    TimeUnit.NANOSECONDS.sleep(nanos);
                    return true;
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
        };
    }
}
