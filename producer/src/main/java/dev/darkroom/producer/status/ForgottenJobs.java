package dev.darkroom.producer.status;

import dev.darkroom.contract.job.JobId;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * Which jobs a board had no room for: a few bytes of each, so that what was never there can be told
 * from what is only not held. Belongs to the board's lock.
 *
 * <p>Of those that have ended it knows the latest million or so; of those that wait all, and beyond
 * half a million says that any job may be one of them.
 */
final class ForgottenJobs {
    private static final int ENDED = 1 << 20;
    private static final int MOST_WAITING = 500_000;

    /** Each at the place that its key gives, until another takes that. */
    private long[] ended = new long[0];

    private final Set<Long> waiting = new HashSet<>();
    private boolean overflowed;

    /** A job that has ended is held no longer. */
    void ended(JobId job) {
        if (ended.length == 0) {
            ended = new long[ENDED];
        }
        long key = key(job);
        ended[place(key)] = key;
    }

    /** A job that waits or runs is held no longer. */
    void waiting(JobId job) {
        if (waiting.size() < MOST_WAITING) {
            waiting.add(key(job));
        } else {
            overflowed = true;
        }
    }

    /** A job is held again. */
    void held(JobId job) {
        waiting.remove(key(job));
    }

    /** Whether a job that is not held has ended, as far as is known. */
    boolean hasEnded(JobId job) {
        long key = key(job);
        return ended.length > 0 && ended[place(key)] == key;
    }

    /** Whether a job that is not held may wait or run. */
    boolean mayWait(JobId job) {
        return overflowed || waiting.contains(key(job));
    }

    boolean isAnyWaiting() {
        return overflowed || !waiting.isEmpty();
    }

    private static int place(long key) {
        return (int) (key ^ (key >>> 32)) & (ENDED - 1);
    }

    /** Ids are drawn: half of their bits are as good as all. Never 0, which is no job. */
    private static long key(JobId job) {
        UUID id = UUID.fromString(job.value());
        return (id.getMostSignificantBits() * 31 + id.getLeastSignificantBits()) | 1L << 63;
    }
}
