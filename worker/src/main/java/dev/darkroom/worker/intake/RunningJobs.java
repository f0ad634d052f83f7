package dev.darkroom.worker.intake;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.worker.life.Cancellation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The jobs that this worker has in hand, for those who stop them or want to see them. A job may be
 * there twice, where a lock was lost.
 */
public final class RunningJobs {
    private record Running(Cancellation cancellation, PreviewDemand demand) {}

    private final Map<JobId, Set<Running>> running = new HashMap<>();

    /**
     * Whoever looks for the job's outcome after this misses no end: one that was decided before is
     * found, and one that is decided later cancels.
     */
    synchronized void enter(JobId job, Cancellation cancellation, PreviewDemand demand) {
        running.computeIfAbsent(job, unused -> new HashSet<>())
                .add(new Running(cancellation, demand));
    }

    synchronized void leave(JobId job, Cancellation cancellation) {
        running.computeIfPresent(
                job,
                (unused, all) -> {
                    all.removeIf(one -> one.cancellation == cancellation);
                    return all.isEmpty() ? null : all;
                });
    }

    public synchronized boolean contains(JobId job) {
        return running.containsKey(job);
    }

    /** Stops the job at its next step: its outcome is decided. */
    public synchronized void ended(JobId job) {
        DarkroomException why =
                new DarkroomException(ErrorCode.JOB_ENDED, "job " + job + " was ended elsewhere");
        running.getOrDefault(job, Set.of()).forEach(one -> one.cancellation.cancel(why));
    }

    /** Shows the job's next step, and for a while those that follow. */
    public synchronized void wanted(JobId job) {
        running.getOrDefault(job, Set.of()).forEach(one -> one.demand.ask());
    }
}
