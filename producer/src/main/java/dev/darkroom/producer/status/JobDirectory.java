package dev.darkroom.producer.status;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.JobId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Answers questions about jobs, and says "unknown" only of jobs that are: before that it reads the
 * topics to their end and looks into the bucket.
 *
 * <p>A job may wait for longer than its events are kept: one that nothing was heard of after its
 * acceptance may have ended long ago, which the bucket knows.
 */
public final class JobDirectory {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final JobBoard board;
    private final Results results;
    private final Predicate<Duration> caughtUpWithin;
    private volatile boolean open;

    /**
     * @param caughtUpWithin waits until the board knows all that is on the topics now; false where
     *     that takes longer
     */
    public JobDirectory(JobBoard board, Results results, Predicate<Duration> caughtUpWithin) {
        this.board = board;
        this.results = results;
        this.caughtUpWithin = caughtUpWithin;
    }

    /**
     * Waits until the board has all that was on the topics; until that happened for the first time
     * every question is answered with NOT_READY.
     */
    public boolean catchUp(Duration wait) {
        boolean done = caughtUpWithin.test(wait);
        open |= done;
        return done;
    }

    public boolean isOpen() {
        return open;
    }

    /**
     * @throws DarkroomException {@link ErrorCode#UNKNOWN_JOB}, or {@link ErrorCode#NOT_READY} where
     *     that is not certain
     */
    public JobState require(JobId id) {
        requireOpen();
        Optional<JobState> known = board.find(id);
        if (known.isEmpty()) {
            return search(id);
        }
        boolean certain = known.get().status() != JobStatus.ACCEPTED && isOwned(known.get());
        return certain ? known.get() : compare(known.get());
    }

    /**
     * Whether anything was ever heard of a job, up to now.
     *
     * @throws DarkroomException {@link ErrorCode#NOT_READY} where that is not certain
     */
    public boolean isKnown(JobId id) {
        requireCaughtUp();
        if (board.find(id).isPresent() || results.outcome(id).isPresent()) {
            return true;
        }
        requireHeld(id);
        return false;
    }

    private void requireCaughtUp() {
        if (!catchUp(PATIENCE)) {
            throw stillReading();
        }
    }

    private static DarkroomException stillReading() {
        return new DarkroomException(
                ErrorCode.NOT_READY, "still reading the topics: the job may be on them");
    }

    /**
     * Whose a job is that was heard of; the default tenant where nothing tells.
     *
     * @throws DarkroomException where that is not certain yet
     */
    public TenantName tenant(JobId id) {
        try {
            // The job's record may be read after its events, from another topic.
            requireCaughtUp();
            return require(id).tenant().orElse(TenantName.DEFAULT);
        } catch (DarkroomException e) {
            if (e.code().disposition() == Disposition.TRANSIENT) {
                throw e;
            }
            return TenantName.DEFAULT;
        }
    }

    /** Where a job stands that waits; nothing before all that waits is known. */
    public Optional<QueuePlace> place(JobState state) {
        return open ? board.place(state) : Optional.empty();
    }

    /**
     * Waits until the topics tell of a job.
     *
     * @return whether they do; where not, it is certain that they did not when the wait was over
     * @throws DarkroomException NOT_READY where that is not certain
     */
    public boolean awaitHeardOf(JobId id, Duration wait) {
        CountDownLatch told = new CountDownLatch(1);
        Runnable unwatch = board.watch(id, told::countDown);
        try {
            if (board.find(id).isPresent() || told.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                return true;
            }
            if (!caughtUpWithin.test(PATIENCE)) {
                throw stillReading();
            }
            return board.find(id).isPresent();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DarkroomException(ErrorCode.NOT_READY, "stopped while it waited", e);
        } finally {
            unwatch.run();
        }
    }

    /**
     * The jobs that came last, the latest first.
     *
     * @param which only these
     */
    public List<JobState> latest(int limit, Predicate<JobState> which) {
        requireOpen();
        return board.latest(limit, which);
    }

    private JobState compare(JobState waiting) {
        Optional<JobOutcome> outcome;
        try {
            outcome = results.outcome(waiting.id());
        } catch (DarkroomException e) {
            if (e.code().disposition() != Disposition.TRANSIENT || !isOwned(waiting)) {
                throw e;
            }
            // Most jobs without events are waiting: no reason to say nothing of them.
            return waiting;
        }
        if (outcome.isEmpty()) {
            return waiting;
        }
        // On the board, so that event streams and lists know it too.
        board.found(outcome.get());
        return board.find(waiting.id()).orElseGet(() -> waiting.with(outcome.get()));
    }

    /** Events alone do not say whose a job is: then its outcome may. */
    private static boolean isOwned(JobState state) {
        return state.tenant().isPresent();
    }

    /** A job that is not on the board is unknown only where it was never there. */
    private void requireHeld(JobId id) {
        if (board.mayWait(id)) {
            throw new DarkroomException(
                    ErrorCode.NOT_READY, "so many jobs wait that the job may be one of them");
        }
    }

    private JobState search(JobId id) {
        boolean certain = caughtUpWithin.test(PATIENCE);
        Optional<JobState> known = board.find(id).or(() -> results.outcome(id).map(JobState::of));
        if (known.isEmpty() && !certain) {
            throw stillReading();
        }
        if (known.isEmpty()) {
            requireHeld(id);
        }
        return known.orElseThrow(() -> unknown(id));
    }

    /** What is said of a job that is not there. */
    public static DarkroomException unknown(JobId id) {
        return new DarkroomException(ErrorCode.UNKNOWN_JOB, "there is no job " + id);
    }

    private void requireOpen() {
        if (!open) {
            throw new DarkroomException(
                    ErrorCode.NOT_READY, "the producer is still reading what happened before");
        }
    }
}
