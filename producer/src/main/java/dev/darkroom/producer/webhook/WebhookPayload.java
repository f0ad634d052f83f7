package dev.darkroom.producer.webhook;

import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.storage.ObjectKey;
import java.time.Instant;
import java.util.Optional;

/**
 * The body of a webhook ({@code webhook.schema.json}): ids and links only, for nobody knows who
 * reads along.
 *
 * @param type as in {@code job.succeeded}
 * @param timestamp when it happened
 */
record WebhookPayload(String type, Instant timestamp, Data data) {
    /**
     * @param status how the job ended, as its final event is called
     * @param href the job, as a path on the producer
     * @param images number of pictures, of a job that succeeded
     * @param result key of its manifest
     * @param code why it failed
     */
    record Data(
            JobId id,
            String status,
            String href,
            Optional<Integer> images,
            Optional<ObjectKey> result,
            Optional<ErrorCode> code) {}

    /** Of a final event. */
    static WebhookPayload of(JobEvent event) {
        Optional<JobEvent.Succeeded> done =
                Optional.of(event)
                        .filter(JobEvent.Succeeded.class::isInstance)
                        .map(JobEvent.Succeeded.class::cast);
        Optional<JobEvent.Failed> failed =
                Optional.of(event)
                        .filter(JobEvent.Failed.class::isInstance)
                        .map(JobEvent.Failed.class::cast);
        return new WebhookPayload(
                "job." + event.type(),
                event.at(),
                new Data(
                        event.jobId(),
                        event.type(),
                        "/v1/jobs/" + event.jobId(),
                        done.map(JobEvent.Succeeded::images),
                        done.map(JobEvent.Succeeded::result),
                        failed.map(JobEvent.Failed::code)));
    }
}
