package dev.darkroom.contract.event;

import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.storage.ObjectKeys;
import java.util.Optional;

/**
 * How a job ended ({@code job-outcome.schema.json}): the one object of a job that decides, written
 * once ({@link ObjectKeys#outcome}). Whoever wants to end a job another way comes too late.
 *
 * @param end the final event, as it is told and told again
 * @param result the manifest, of a job that succeeded and of no other: who finds the outcome can
 *     put the manifest into its place where whoever wrote the outcome could no longer
 */
public record JobOutcome(JobEvent end, Optional<ResultManifest> result) {
    public JobOutcome {
        if (!end.isFinal()) {
            throw new IllegalArgumentException(end.type() + " ends no job");
        }
        boolean named = result.stream().allMatch(done -> done.job().id().equals(end.jobId()));
        if (result.isPresent() != end instanceof JobEvent.Succeeded || !named) {
            throw new IllegalArgumentException("a result goes with the success of its own job");
        }
    }

    public static JobOutcome of(ResultManifest result) {
        JobId job = result.job().id();
        JobEvent success =
                new JobEvent.Succeeded(
                        job,
                        result.finishedAt(),
                        result.attempt(),
                        result.images().size(),
                        ObjectKeys.result(job));
        return new JobOutcome(success, Optional.of(result));
    }

    /**
     * @param end any but success
     */
    public static JobOutcome without(JobEvent end) {
        return new JobOutcome(end, Optional.empty());
    }
}
