package dev.darkroom.worker.intake;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobStage;
import dev.darkroom.platform.kafka.AcquiredRecord;
import dev.darkroom.platform.kafka.GivenUp;
import dev.darkroom.worker.delivery.Delivery;
import dev.darkroom.worker.life.Cancellation;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of a record: the one place where an error's disposition is acted upon.
 *
 * <p>A record is done with only when everyone who must know has been told: of a job that is given
 * up on the outcome is decided, the dead letter is written, then the {@code Failed} event. While
 * broker or store do not answer it is kept, its lock renewed, and telling is tried again; a
 * redelivery would change nothing and be counted. What is told is the job's outcome in the bucket,
 * however this attempt ended: a job that another finished or someone cancelled has not failed.
 */
public final class JobHandler {
    private static final Logger LOG = LoggerFactory.getLogger(JobHandler.class);

    private final JobAttempt attempt;
    private final Delivery delivery;
    private final Reporting reporting;
    private final Backoff backoff;
    private final Insistence insistence;
    private final int maxAttempts;

    /**
     * @param backoff between deliveries of one job, and between tries to tell
     * @param maxAttempts deliveries after which a job is given up on
     */
    public JobHandler(
            JobAttempt attempt,
            Delivery delivery,
            Reporting reporting,
            Backoff backoff,
            int maxAttempts) {
        this.attempt = attempt;
        this.delivery = delivery;
        this.reporting = reporting;
        this.backoff = backoff;
        this.insistence = new Insistence(backoff);
        this.maxAttempts = maxAttempts;
    }

    /** Runs the job of a record; never throws. */
    Ending handle(AcquiredRecord record, Cancellation cancellation) {
        Reached reached = new Reached();
        try {
            Ending ending = end(record, cancellation, reached);
            // An earlier attempt may have left one as well.
            boolean shown = reached.demand().wasMet() || record.deliveries() > 1;
            if (shown && ending.kind() != Ending.Kind.RELEASE) {
                removePreview(record, cancellation);
            }
            return ending;
        } catch (RuntimeException | Error e) {
            // All that gets here is the cancellation: what else can fail is tried again.
            return release(record, DarkroomException.of(e));
        }
    }

    private Ending end(AcquiredRecord record, Cancellation cancellation, Reached reached) {
        JobOutcome outcome;
        try {
            outcome = run(record, cancellation, reached);
        } catch (RuntimeException | Error e) {
            return conclude(
                    record,
                    exhausted(record, DarkroomException.of(e)),
                    reached.stage(),
                    cancellation);
        }
        return tell(record, outcome, Optional.empty(), reached.stage(), cancellation);
    }

    private void removePreview(AcquiredRecord record, Cancellation cancellation) {
        RecordIdentity identity = RecordIdentity.of(record);
        identity.job()
                .filter(job -> identity.own())
                .ifPresent(
                        job ->
                                insist(
                                        record,
                                        cancellation,
                                        () -> {
                                            delivery.previews().remove(job);
                                            return true;
                                        }));
    }

    /**
     * Runs the job. What broker or store refuse this worker says nothing about the job, which is
     * kept and tried again until they no longer do.
     */
    private JobOutcome run(AcquiredRecord record, Cancellation cancellation, Reached reached) {
        return insistence.until(
                () -> attempt.run(record, cancellation, reached),
                e ->
                        e instanceof DarkroomException known
                                && known.code() == ErrorCode.MISCONFIGURED,
                e -> LOG.error("{} waits until this worker is let in", name(record), e),
                cancellation);
    }

    private Ending conclude(
            AcquiredRecord record,
            DarkroomException reason,
            JobStage stage,
            Cancellation cancellation) {
        if (reason.code().disposition() != Disposition.TRANSIENT) {
            return giveUp(record, reason, stage, cancellation);
        }
        if (reason.code() == ErrorCode.STORE_UNAVAILABLE) {
            awaitStore(record, cancellation);
        }
        return release(record, reason);
    }

    /** The last attempt that was allowed has failed: no surroundings are given another. */
    private DarkroomException exhausted(AcquiredRecord record, DarkroomException failure) {
        boolean last = record.deliveries() >= maxAttempts;
        if (!last || isOurs(failure) || failure.code().disposition() != Disposition.TRANSIENT) {
            return failure;
        }
        return new DarkroomException(
                ErrorCode.ATTEMPTS_EXHAUSTED,
                "delivered "
                        + record.deliveries()
                        + " times and never finished; the last time: "
                        + failure.code()
                        + ": "
                        + failure.reason(),
                failure);
    }

    /** This worker lets go of the job; that says nothing about the job. */
    private static boolean isOurs(DarkroomException failure) {
        return failure.code() == ErrorCode.LOCK_LOST || failure.code() == ErrorCode.NOT_READY;
    }

    private Ending release(AcquiredRecord record, DarkroomException reason) {
        Duration delay = isOurs(reason) ? Duration.ZERO : backoff.after(record.deliveries());
        LOG.warn(
                "{} given back after {} ms: {}: {}",
                name(record),
                delay.toMillis(),
                reason.code(),
                reason.reason());
        reporting.observer().ended("released");
        return Ending.release(delay);
    }

    /**
     * Keeps the record while the store is away: every delivery would fail as this one did, and
     * after some of them the job would be given up on though nothing is wrong with it.
     */
    private void awaitStore(AcquiredRecord record, Cancellation cancellation) {
        LOG.warn("{} waits for the object store", name(record));
        for (int failures = 1; ; failures++) {
            cancellation.pause(backoff.after(failures));
            try {
                RecordIdentity.of(record).job().ifPresent(delivery::find);
                return;
            } catch (DarkroomException e) {
                if (!Delivery.isRefusal(e)) {
                    return;
                }
            }
        }
    }

    private Ending giveUp(
            AcquiredRecord record,
            DarkroomException reason,
            JobStage stage,
            Cancellation cancellation) {
        RecordIdentity identity = RecordIdentity.of(record);
        Optional<JobOutcome> outcome =
                identity.job()
                        .map(job -> failed(job, record, reason))
                        .map(failed -> insist(record, cancellation, () -> decide(failed)));
        log(record, reason);
        if (identity.own()) {
            return tell(record, outcome.orElseThrow(), Optional.of(reason), stage, cancellation);
        }
        // Nobody could find out about a record that does not say whose it is: it must not vanish.
        insist(record, cancellation, () -> bury(record, reason, stage));
        // Its namesake may be another job, which ended well: that is not for this record to tell.
        outcome.filter(told -> told.end() instanceof JobEvent.Failed)
                .ifPresent(told -> announce(record, told, cancellation));
        reporting.observer().ended(name(reason.code()));
        return Ending.reject();
    }

    /** What cannot be read and cannot be written anew decides nothing. */
    private JobOutcome decide(JobOutcome failed) {
        try {
            return delivery.decide(failed);
        } catch (DarkroomException e) {
            if (Delivery.isRefusal(e)) {
                throw e;
            }
            LOG.warn("how job {} ended cannot be read", failed.end().jobId(), e);
            return failed;
        }
    }

    /**
     * @param mine why this attempt failed, where that is how the job ended; says more than what was
     *     told of it
     */
    private Ending tell(
            AcquiredRecord record,
            JobOutcome outcome,
            Optional<DarkroomException> mine,
            JobStage stage,
            Cancellation cancellation) {
        if (!(outcome.end() instanceof JobEvent.Failed failed)) {
            announce(record, outcome, cancellation);
            reporting.observer().ended(outcome.end().type());
            log(outcome);
            return Ending.accept();
        }
        if (failed.code().disposition() == Disposition.PERMANENT) {
            DarkroomException reason =
                    mine.filter(why -> why.code() == failed.code())
                            .orElseGet(
                                    () -> new DarkroomException(failed.code(), failed.message()));
            insist(record, cancellation, () -> bury(record, reason, stage));
        }
        announce(record, outcome, cancellation);
        reporting.observer().ended(name(failed.code()));
        return Ending.reject();
    }

    private static void log(JobOutcome outcome) {
        JobEvent end = outcome.end();
        outcome.result()
                .ifPresentOrElse(
                        result ->
                                LOG.info(
                                        "job {} done: {} pictures by {}",
                                        end.jobId(),
                                        result.images().size(),
                                        result.checkpoint()),
                        () -> LOG.info("job {} {}", end.jobId(), end.type()));
    }

    private boolean bury(AcquiredRecord record, DarkroomException reason, JobStage stage) {
        RecordIdentity identity = RecordIdentity.of(record);
        GivenUp why =
                new GivenUp(
                        reason,
                        stage,
                        delivery.worker(),
                        reporting.clock().instant(),
                        identity.job().filter(any -> identity.own()));
        reporting.deadLetters().bury(record, why);
        return true;
    }

    private void announce(AcquiredRecord record, JobOutcome outcome, Cancellation cancellation) {
        insist(
                record,
                cancellation,
                () -> {
                    delivery.announce(outcome, record.deliveries() > 1, record.traceparent());
                    return true;
                });
    }

    /** Does it until it is done; whose lock is lost must not speak, for another runs the job. */
    private <T> T insist(AcquiredRecord record, Cancellation cancellation, Supplier<T> telling) {
        cancellation.check();
        return insistence.until(
                telling,
                any -> true,
                e -> LOG.warn("{}: cannot tell how it ended, goes on trying", name(record), e),
                cancellation);
    }

    private JobOutcome failed(JobId job, AcquiredRecord record, DarkroomException reason) {
        JobOutcome outcome =
                JobOutcome.without(
                        new JobEvent.Failed(
                                job,
                                reporting.clock().instant(),
                                record.deliveries(),
                                reason.code(),
                                reason.reason()));
        return RecordIdentity.of(record).tenant().map(outcome::by).orElse(outcome);
    }

    private static String name(ErrorCode code) {
        return code.name().toLowerCase(Locale.ROOT);
    }

    private static void log(AcquiredRecord record, DarkroomException reason) {
        if (reason.code().disposition() == Disposition.USER) {
            LOG.info("{} refused: {}: {}", name(record), reason.code(), reason.reason());
        } else {
            LOG.error("{} given up on: {}", name(record), reason.code(), reason);
        }
    }

    private static String name(AcquiredRecord record) {
        return RecordIdentity.of(record)
                .job()
                .map(job -> "job " + job)
                .orElse("record " + record.partition() + ":" + record.offset());
    }
}
