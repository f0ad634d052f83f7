package dev.darkroom.producer.submit;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.producer.status.JobDirectory;
import dev.darkroom.producer.status.JobState;
import dev.darkroom.producer.status.JobStatus;
import dev.darkroom.producer.status.Results;
import java.time.Clock;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes jobs back.
 *
 * <p>The outcome in the bucket decides; all else only spreads the word. Where the queue does not
 * answer, the job is cancelled all the same: the worker that has it or will get it finds that out
 * and tells it.
 */
public final class JobCancellation {
    private static final Logger LOG = LoggerFactory.getLogger(JobCancellation.class);

    private final JobDirectory directory;
    private final JobBoard board;
    private final Results results;
    private final JobQueue queue;
    private final Clock clock;

    public JobCancellation(
            JobDirectory directory, JobBoard board, Results results, JobQueue queue, Clock clock) {
        this.directory = directory;
        this.board = board;
        this.results = results;
        this.queue = queue;
        this.clock = clock;
    }

    /**
     * Returns once it is certain that the job gets no result. Cancelling twice is cancelling once.
     *
     * @return the job, cancelled
     * @throws DarkroomException {@link ErrorCode#JOB_ENDED} where it had ended otherwise, {@link
     *     ErrorCode#UNKNOWN_JOB}, or as the store does, and then it is not known
     */
    public JobState cancel(JobId id) {
        JobState known = directory.require(id);
        if (known.end().isEmpty()) {
            JobOutcome cancelled = JobOutcome.without(new JobEvent.Cancelled(id, clock.instant()));
            JobOutcome outcome =
                    results.decide(known.tenant().map(cancelled::by).orElse(cancelled));
            board.found(outcome);
            known = known.with(outcome);
        }
        if (known.status() != JobStatus.CANCELLED) {
            throw new DarkroomException(
                    ErrorCode.JOB_ENDED,
                    "the job has " + known.status().wireName() + ": it cannot be cancelled");
        }
        // Also the second time: whoever asks again may have had no answer from a producer that died
        // before it could tell.
        spread(known.end().orElseThrow());
        return known;
    }

    private void spread(JobEvent end) {
        try {
            queue.control(end);
            queue.tell(end, Optional.empty());
        } catch (DarkroomException e) {
            LOG.warn("Job {} is cancelled, its event is not written: {}", end.jobId(), e.reason());
        }
    }
}
