package dev.darkroom.producer.submit;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns requests into jobs on the queue. The only place that draws job ids. */
public final class JobSubmission {
    private static final Logger LOG = LoggerFactory.getLogger(JobSubmission.class);

    private final ModelCatalog catalog;
    private final JobQueue queue;
    private final ModelName defaultModel;
    private final Clock clock;

    public JobSubmission(
            ModelCatalog catalog, JobQueue queue, ModelName defaultModel, Clock clock) {
        this.catalog = catalog;
        this.queue = queue;
        this.defaultModel = defaultModel;
        this.clock = clock;
    }

    /**
     * Returns once the job is on the queue: from then on a worker will take it.
     *
     * @param traceparent W3C trace context of the asker
     * @throws DarkroomException where the model is unknown or cannot do it, or queue or store do
     *     not answer; where the queue stopped answering half-way the job may be there all the same
     */
    public JobEvent.Accepted submit(GenerationRequest request, Optional<String> traceparent) {
        ModelName model = request.model().orElse(defaultModel);
        JobId id = JobId.of(UUID.randomUUID());
        CheckpointConfiguration configuration = catalog.require(model, request.version(), id);
        GenerationJob job = request.resolve(id, model, configuration);
        // The job goes first: an event without a job would promise pictures that nobody makes.
        queue.put(job, traceparent);
        JobEvent.Accepted accepted = new JobEvent.Accepted(job.id(), clock.instant(), job);
        announce(accepted, traceparent);
        return accepted;
    }

    private void announce(JobEvent.Accepted accepted, Optional<String> traceparent) {
        try {
            queue.tell(accepted, traceparent);
        } catch (DarkroomException e) {
            LOG.warn("Job {} is on the queue, its event is not: {}", accepted.jobId(), e.reason());
        }
    }
}
