package dev.darkroom.producer.status;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.job.ResultManifest;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * All that is known of a job. Events may be late, repeated or out of order: each is taken only
 * where it says something newer, an end is never taken back, and a job that failed for one producer
 * and whose result exists has succeeded (the result decides).
 *
 * @param request what was asked for; with every default filled in once a resolved job was heard of
 * @param shortened whether the request's texts and the events were let go for want of room: until a
 *     worker tells of the whole job
 * @param acceptedAt the earliest time that the job is known to have been there
 * @param end the final event
 * @param owner as the outcome says, which is all that is left of some jobs
 */
public record JobState(
        JobId id,
        Optional<GenerationRequest> request,
        boolean shortened,
        Optional<Instant> acceptedAt,
        Optional<Attempt> attempt,
        Optional<JobEvent> end,
        Optional<TenantName> owner,
        History history) {
    private static final int LONGEST_MESSAGE = 1000;
    private static final int LONGEST_NAME = 200;

    static JobState unheardOf(JobId id) {
        return new JobState(
                id,
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                History.EMPTY);
    }

    /** A job that was put on the queue a moment ago. */
    public static JobState of(JobEvent.Accepted accepted) {
        return unheardOf(accepted.jobId()).with(accepted);
    }

    /** A job of which only the outcome is left. */
    static JobState of(JobOutcome outcome) {
        return unheardOf(outcome.end().jobId()).with(outcome);
    }

    /** Its outcome was found in the bucket. */
    public JobState with(JobOutcome outcome) {
        return outcome.result()
                .map(manifest -> succeeded(outcome.end(), manifest))
                .orElseGet(() -> ended(outcome.end()).of(outcome.tenant()));
    }

    private JobState of(Optional<TenantName> tenant) {
        return new JobState(
                id, request, shortened, acceptedAt, attempt, end, tenant.or(() -> owner), history);
    }

    /**
     * The same without what takes room: all that is not needed to say that it waits or runs.
     *
     * @param shared gives of equal requests the same one
     */
    JobState shorten(UnaryOperator<GenerationRequest> shared) {
        return new JobState(
                id,
                request.map(asked -> shared.apply(asked.outline(id))),
                true,
                acceptedAt,
                attempt,
                end,
                owner,
                history.withoutEvents());
    }

    private JobState succeeded(JobEvent success, ResultManifest manifest) {
        if (end.filter(JobEvent.Succeeded.class::isInstance).isPresent()) {
            return this;
        }
        int steps = manifest.job().steps();
        Attempt last =
                new Attempt(
                        manifest.attempt(),
                        Optional.of(manifest.worker()),
                        Optional.of(manifest.checkpoint()),
                        Optional.empty(),
                        steps,
                        steps,
                        Optional.empty());
        return new JobState(
                id,
                Optional.of(manifest.job().asRequest()),
                false,
                acceptedAt,
                Optional.of(last),
                Optional.of(success),
                owner,
                history.with(success));
    }

    /** Its record was read from the work topic. */
    JobState with(JobRecord record, Instant at) {
        return new JobState(
                id,
                request.or(() -> Optional.of(record.request())),
                shortened && request.isPresent(),
                earliest(at),
                attempt,
                end,
                owner,
                history);
    }

    /** This state, or the newer one that the event makes of it. */
    JobState with(JobEvent event) {
        if (event instanceof JobEvent.Accepted accepted) {
            return accepted(accepted);
        }
        if (event instanceof JobEvent.Started started) {
            return started(started);
        }
        if (event instanceof JobEvent.Progress progress) {
            return progress(progress);
        }
        return ended(event);
    }

    private JobState accepted(JobEvent.Accepted told) {
        JobEvent.Accepted event =
                new JobEvent.Accepted(id, told.at(), history.keptInPlaceOf(told.job()));
        boolean news = end.isEmpty() && !history.toldAcceptance();
        JobState known = resolved(event.job(), event.at());
        return news ? known.recorded(known.attempt, known.end, event) : known;
    }

    private JobState started(JobEvent.Started told) {
        JobEvent.Started event =
                new JobEvent.Started(
                        id,
                        told.at(),
                        clip(told.worker(), LONGEST_NAME),
                        told.attempt(),
                        told.checkpoint(),
                        history.keptInPlaceOf(told.job()));
        JobState known = resolved(event.job(), event.at());
        boolean news =
                end.isEmpty()
                        && attempt.filter(
                                        now ->
                                                now.number() > event.attempt()
                                                        || (now.number() == event.attempt()
                                                                && now.worker().isPresent()))
                                .isEmpty();
        if (!news) {
            return known;
        }
        if (!history.toldAcceptance()) {
            // A worker may be faster than the producer's event, and other clients send none: the
            // history begins with it all the same.
            JobEvent.Accepted before =
                    new JobEvent.Accepted(id, known.acceptedAt.orElse(event.at()), event.job());
            known = known.recorded(known.attempt, known.end, before);
        }
        Attempt before =
                attempt.filter(now -> now.number() == event.attempt())
                        .orElseGet(() -> Attempt.unheardOf(event.attempt()));
        Attempt now =
                new Attempt(
                        event.attempt(),
                        Optional.of(event.worker()),
                        Optional.of(event.checkpoint()),
                        Optional.of(event.at()),
                        before.step(),
                        before.steps(),
                        before.preview());
        return known.recorded(Optional.of(now), known.end, event);
    }

    private JobState progress(JobEvent.Progress event) {
        Attempt now =
                attempt.filter(latest -> latest.number() >= event.attempt())
                        .orElseGet(() -> Attempt.unheardOf(event.attempt()));
        boolean news =
                end.isEmpty() && now.number() == event.attempt() && event.step() > now.step();
        return news ? recorded(Optional.of(now.with(event)), end, event) : this;
    }

    private JobState ended(JobEvent told) {
        JobEvent event = told instanceof JobEvent.Failed failed ? presentable(failed) : told;
        boolean news =
                end.isEmpty()
                        || (end.get() instanceof JobEvent.Failed
                                && event instanceof JobEvent.Succeeded);
        return news ? recorded(attempt, Optional.of(event), event) : this;
    }

    /**
     * Anyone may write failures, of any length; and the message of a fault of ours is for a log:
     * clients are told what {@code Problem} tells them.
     */
    private static JobEvent.Failed presentable(JobEvent.Failed failed) {
        String message =
                failed.code() == ErrorCode.INTERNAL
                        ? failed.code().title()
                        : clip(failed.message(), LONGEST_MESSAGE);
        return new JobEvent.Failed(
                failed.jobId(), failed.at(), failed.attempt(), failed.code(), message);
    }

    private static String clip(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest - 3) + "...";
    }

    private JobState resolved(GenerationJob job, Instant at) {
        // Shares its prompt with the history: prompts are most of what a board holds.
        return new JobState(
                id,
                Optional.of(job.asRequest()),
                false,
                earliest(at),
                attempt,
                end,
                owner,
                history);
    }

    private JobState recorded(Optional<Attempt> now, Optional<JobEvent> ending, JobEvent event) {
        return new JobState(
                id,
                request,
                shortened,
                earliest(event.at()),
                now,
                ending,
                owner,
                history.with(event));
    }

    private Optional<Instant> earliest(Instant at) {
        return Optional.of(acceptedAt.filter(known -> known.isBefore(at)).orElse(at));
    }

    public JobStatus status() {
        if (end.isPresent()) {
            return status(end.get());
        }
        return attempt.isPresent() ? JobStatus.RUNNING : JobStatus.ACCEPTED;
    }

    /** Share of the sampling steps that is done, 0..1. */
    public double fraction() {
        if (status() == JobStatus.SUCCEEDED) {
            return 1;
        }
        return attempt.filter(now -> now.steps() > 0)
                .map(now -> Math.min(1, (double) now.step() / now.steps()))
                .orElse(0.0);
    }

    private static JobStatus status(JobEvent end) {
        if (end instanceof JobEvent.Succeeded) {
            return JobStatus.SUCCEEDED;
        }
        if (end instanceof JobEvent.Cancelled) {
            return JobStatus.CANCELLED;
        }
        return end instanceof JobEvent.Expired ? JobStatus.EXPIRED : JobStatus.FAILED;
    }

    /** The seed of picture 0, which is settled by the id where nobody chose one. */
    public long seed() {
        return request.flatMap(GenerationRequest::seed).orElseGet(id::derivedSeed);
    }

    /** Whose job it is; nothing while only events that do not say were heard of. */
    public Optional<TenantName> tenant() {
        return request.map(asked -> asked.tenant().orElse(TenantName.DEFAULT)).or(() -> owner);
    }

    /** Number of pictures asked for. */
    public int count() {
        return request.flatMap(GenerationRequest::count).orElse(1);
    }
}
