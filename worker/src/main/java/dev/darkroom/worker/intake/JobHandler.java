package dev.darkroom.worker.intake;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobStage;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.platform.kafka.AcquiredRecord;
import dev.darkroom.platform.kafka.GivenUp;
import dev.darkroom.worker.delivery.Delivery;
import dev.darkroom.worker.generate.Cancellation;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of a record: the one place where an error's disposition is acted upon.
 *
 * <p>A record is given up on (rejected) only when everyone who must know has been told: the dead
 * letter is written, then the {@code Failed} event. While broker or store do not answer it is kept,
 * its lock renewed, and telling is tried again; a redelivery would change nothing and be counted.
 * Nobody is told that a job failed whose result is there.
 */
public final class JobHandler {
    private static final Logger LOG = LoggerFactory.getLogger(JobHandler.class);

    private final JobAttempt attempt;
    private final Delivery delivery;
    private final Reporting reporting;
    private final Backoff backoff;
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
        this.maxAttempts = maxAttempts;
    }

    /** Runs the job of a record; never throws. */
    Ending handle(AcquiredRecord record, Cancellation cancellation) {
        Reached reached = new Reached();
        try {
            Optional<DarkroomException> failure = run(record, cancellation, reached);
            return failure.isEmpty()
                    ? Ending.accept()
                    : conclude(
                            record,
                            exhausted(record, failure.get()),
                            reached.stage(),
                            cancellation);
        } catch (RuntimeException | Error e) {
            // All that gets here is the cancellation: what else can fail is tried again.
            return release(record, DarkroomException.of(e));
        }
    }

    /**
     * Returns why the job failed. What broker or store refuse this worker says nothing about the
     * job, which is kept and tried again until they no longer do.
     */
    private Optional<DarkroomException> run(
            AcquiredRecord record, Cancellation cancellation, Reached reached) {
        for (int refusals = 1; ; refusals++) {
            try {
                attempt.run(record, cancellation, reached);
                return Optional.empty();
            } catch (RuntimeException | Error e) {
                DarkroomException failure = DarkroomException.of(e);
                if (failure.code() != ErrorCode.MISCONFIGURED) {
                    return Optional.of(failure);
                }
                if (refusals == 1) {
                    LOG.error("{} waits until this worker is let in", name(record), failure);
                }
            }
            cancellation.pause(backoff.after(refusals));
        }
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
        GivenUp why =
                new GivenUp(
                        reason,
                        stage,
                        delivery.worker(),
                        reporting.clock().instant(),
                        identity.job().filter(any -> identity.own()));
        // Nobody could find out about a record that does not say whose it is: it must not vanish.
        boolean toBury = reason.code().disposition() == Disposition.PERMANENT || !identity.own();
        for (int failures = 1; ; failures++) {
            // Whose lock is lost must not speak: another runs the job.
            cancellation.check();
            try {
                Optional<ResultManifest> done = identity.job().flatMap(this::findReadable);
                if (done.isPresent() && identity.own()) {
                    delivery.announce(done.get(), record.traceparent());
                    reporting.observer().ended("repeated");
                    return Ending.accept();
                }
                if (toBury) {
                    reporting.deadLetters().bury(record, why);
                    toBury = false;
                }
                if (identity.job().isPresent() && done.isEmpty()) {
                    reporting
                            .events()
                            .publish(
                                    failed(identity.job().get(), record, reason),
                                    record.traceparent());
                }
                log(record, reason);
                reporting.observer().ended(reason.code().name().toLowerCase(Locale.ROOT));
                return Ending.reject();
            } catch (RuntimeException | Error e) {
                if (failures == 1) {
                    LOG.warn("{}: cannot tell that it failed, goes on trying", name(record), e);
                }
            }
            cancellation.pause(backoff.after(failures));
        }
    }

    /** A result that nobody can read is as good as none. */
    private Optional<ResultManifest> findReadable(JobId job) {
        try {
            return delivery.find(job);
        } catch (DarkroomException e) {
            if (Delivery.isRefusal(e)) {
                throw e;
            }
            LOG.warn("the result of job {} cannot be read", job, e);
            return Optional.empty();
        }
    }

    private JobEvent failed(JobId job, AcquiredRecord record, DarkroomException reason) {
        return new JobEvent.Failed(
                job,
                reporting.clock().instant(),
                record.deliveries(),
                reason.code(),
                reason.reason());
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
