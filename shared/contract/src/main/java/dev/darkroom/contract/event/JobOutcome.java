package dev.darkroom.contract.event;

import dev.darkroom.contract.access.TenantName;
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
 * @param tenant whose job it was, of one without a result, since a manifest says so itself; nothing
 *     where whoever ended it did not know or say
 */
public record JobOutcome(
        JobEvent end, Optional<ResultManifest> result, Optional<TenantName> tenant) {
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
        return new JobOutcome(success, Optional.of(result), Optional.empty());
    }

    /**
     * @param end any but success
     */
    public static JobOutcome without(JobEvent end) {
        return new JobOutcome(end, Optional.empty(), Optional.empty());
    }

    /** The same of a tenant's job. */
    public JobOutcome by(TenantName owner) {
        return new JobOutcome(end, result, Optional.of(owner));
    }
}
