package dev.darkroom.producer.submit;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.Sha256;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that an idempotency key stands for one job, in however many producers it comes.
 *
 * <p>The job, resolved and with its id, is put into the bucket under the key before it goes on the
 * queue, with {@code If-None-Match: *}: of all producers that try, one succeeds and puts the record
 * on the queue. Every other answers with that job. A producer may die between object and record; so
 * whoever finds a job that is not known to be on the queue waits until the record comes, or until
 * the first producer's write cannot succeed any more, and then writes the record itself. Where that
 * guess is wrong, or two guess alike, the queue has two records of one job with one id, of which
 * the second finds the first's result.
 */
public final class OncePerKey {
    private static final Logger LOG = LoggerFactory.getLogger(OncePerKey.class);

    /** Tells whether a job is on the queue. */
    @FunctionalInterface
    public interface Lookup {
        /**
         * @param wait how long to wait until it is
         * @throws DarkroomException where it is not certain that it is not
         */
        boolean isOnQueue(JobId job, Duration wait);
    }

    private final Submissions submissions;
    private final Lookup lookup;
    private final Duration patience;
    private final Clock clock;

    /**
     * @param patience after which a record that was to be written will not come any more
     */
    public OncePerKey(Submissions submissions, Lookup lookup, Duration patience, Clock clock) {
        this.submissions = submissions;
        this.lookup = lookup;
        this.patience = patience;
        this.clock = clock;
    }

    /**
     * @param first accepts the request as a new job and hands it to its argument before it returns
     * @param enqueue returns when the job is on the queue
     * @throws DarkroomException IDEMPOTENCY_CONFLICT where the key came with another request
     */
    JobEvent.Accepted submit(
            SubmittedRequest request,
            IdempotencyKey key,
            Function<Consumer<JobEvent.Accepted>, JobEvent.Accepted> first,
            Consumer<JobEvent.Accepted> enqueue) {
        TenantName tenant = request.request().tenant().orElse(TenantName.DEFAULT);
        String fingerprint = fingerprint(request);
        Optional<Submission> earlier = submissions.find(tenant, key);
        if (earlier.isEmpty()) {
            AtomicBoolean ours = new AtomicBoolean();
            JobEvent.Accepted accepted =
                    first.apply(
                            job -> {
                                Submission submission =
                                        new Submission(fingerprint, job.at(), job.job(), false);
                                if (submissions.keep(tenant, key, submission)) {
                                    ours.set(true);
                                    enqueue.accept(job);
                                    confirm(tenant, key, submission);
                                }
                            });
            if (ours.get()) {
                return accepted;
            }
            earlier = submissions.find(tenant, key);
        }
        Submission found =
                earlier.orElseThrow(
                        () ->
                                new DarkroomException(
                                        ErrorCode.NOT_READY,
                                        "the idempotency key is being forgotten: try again"));
        return again(tenant, key, found, request, enqueue);
    }

    private JobEvent.Accepted again(
            TenantName tenant,
            IdempotencyKey key,
            Submission found,
            SubmittedRequest request,
            Consumer<JobEvent.Accepted> enqueue) {
        if (!isOf(request, found.fingerprint())) {
            throw new DarkroomException(
                    ErrorCode.IDEMPOTENCY_CONFLICT,
                    "the idempotency key came before with another request, which became job "
                            + found.job().id());
        }
        JobEvent.Accepted accepted =
                new JobEvent.Accepted(found.job().id(), found.at(), found.job());
        if (!found.queued()) {
            if (!lookup.isOnQueue(accepted.jobId(), patienceLeft(found))) {
                LOG.warn("Job {} was accepted and not on the queue", accepted.jobId());
                enqueue.accept(accepted);
            }
            confirm(tenant, key, found);
        }
        return accepted;
    }

    private Duration patienceLeft(Submission found) {
        Duration left = patience.minus(Duration.between(found.at(), clock.instant()));
        if (left.isNegative()) {
            return Duration.ZERO;
        }
        return left.compareTo(patience) > 0 ? patience : left;
    }

    /** What the next who asks is spared; it does without. */
    private void confirm(TenantName tenant, IdempotencyKey key, Submission submission) {
        try {
            submissions.confirm(tenant, key, submission);
        } catch (DarkroomException e) {
            LOG.warn(
                    "Job {} is on the queue, its idempotency key does not say so: {}",
                    submission.job().id(),
                    e.reason());
        }
    }

    private static String fingerprint(SubmittedRequest request) {
        return Sha256.of(Json.write(request));
    }

    private static boolean isOf(SubmittedRequest request, String fingerprint) {
        // Earlier versions left out every deadline, and some of their keys may still be kept. No
        // submission has what they wrote: its document is another one.
        return fingerprint.equals(fingerprint(request))
                || fingerprint.equals(
                        Sha256.of(Json.write(request.request().until(Optional.empty()))));
    }
}
