package dev.darkroom.producer.submit;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns requests into jobs on the queue. The only place that draws job ids. */
public final class JobSubmission {
    private static final Logger LOG = LoggerFactory.getLogger(JobSubmission.class);

    private final ModelCatalog catalog;
    private final JobQueue queue;
    private final Quotas quotas;
    private final OncePerKey once;
    private final ModelName defaultModel;
    private final Clock clock;

    public JobSubmission(
            ModelCatalog catalog,
            JobQueue queue,
            Quotas quotas,
            OncePerKey once,
            ModelName defaultModel,
            Clock clock) {
        this.catalog = catalog;
        this.queue = queue;
        this.quotas = quotas;
        this.once = once;
        this.defaultModel = defaultModel;
        this.clock = clock;
    }

    /**
     * Returns once the job is on the queue: from then on a worker will take it.
     *
     * @param key the same key and request of a tenant get the same job, however often and wherever
     *     they come
     * @param traceparent W3C trace context of the asker
     * @throws DarkroomException where the model is unknown or cannot do it, the tenant has used up
     *     its quota, the key came with another request, or queue or store do not answer; where the
     *     queue stopped answering half-way the job may be there all the same
     */
    public JobEvent.Accepted submit(
            SubmittedRequest submitted,
            Optional<IdempotencyKey> key,
            Optional<String> traceparent) {
        if (key.isEmpty()) {
            return first(submitted, accepted -> enqueue(accepted, traceparent));
        }
        return once.submit(
                submitted,
                key.get(),
                keep -> first(submitted, keep),
                accepted -> enqueue(accepted, traceparent));
    }

    /**
     * Accepts a request that is not known.
     *
     * @param rest what is to be done with it while there is room for it
     */
    private JobEvent.Accepted first(SubmittedRequest submitted, Consumer<JobEvent.Accepted> rest) {
        Instant now = clock.instant();
        GenerationRequest request = submitted.at(now);
        TenantName tenant = request.tenant().orElse(TenantName.DEFAULT);
        ModelName model = request.model().orElse(defaultModel);
        JobId id = JobId.of(UUID.randomUUID());
        CheckpointConfiguration configuration = catalog.require(model, request.version(), id);
        JobEvent.Accepted accepted =
                new JobEvent.Accepted(id, now, request.resolve(id, model, configuration));
        Quotas.Admission admission = quotas.admit(tenant, accepted.job().count());
        try {
            rest.accept(accepted);
        } finally {
            admission.close();
        }
        return accepted;
    }

    /** The job goes first: an event without a job would promise pictures that nobody makes. */
    private void enqueue(JobEvent.Accepted accepted, Optional<String> traceparent) {
        queue.put(accepted.job(), traceparent);
        try {
            queue.tell(accepted, traceparent);
        } catch (DarkroomException e) {
            LOG.warn("Job {} is on the queue, its event is not: {}", accepted.jobId(), e.reason());
        }
    }
}
