package dev.darkroom.contract.event;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.storage.ObjectKey;
import java.time.Instant;
import java.util.Optional;

/**
 * Something that happened to a job ({@code job-event.schema.json}); the topic's key is the job's
 * id.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = JobEvent.Accepted.class, name = "accepted"),
    @JsonSubTypes.Type(value = JobEvent.Started.class, name = "started"),
    @JsonSubTypes.Type(value = JobEvent.Progress.class, name = "progress"),
    @JsonSubTypes.Type(value = JobEvent.Succeeded.class, name = "succeeded"),
    @JsonSubTypes.Type(value = JobEvent.Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = JobEvent.Cancelled.class, name = "cancelled"),
    @JsonSubTypes.Type(value = JobEvent.Expired.class, name = "expired")
})
public sealed interface JobEvent {
    JobId jobId();

    Instant at();

    /** The name on the wire, as in {@code accepted}. */
    @JsonIgnore
    String type();

    /** Whether nothing can follow for this job. */
    @JsonIgnore
    default boolean isFinal() {
        return false;
    }

    /** The producer put the job on the queue. */
    record Accepted(JobId jobId, Instant at, GenerationJob job) implements JobEvent {
        @Override
        public String type() {
            return "accepted";
        }
    }

    /**
     * A worker took the job and knows the checkpoint that will make it.
     *
     * @param attempt delivery, from 1
     */
    record Started(
            JobId jobId,
            Instant at,
            String worker,
            int attempt,
            CheckpointVersion checkpoint,
            GenerationJob job)
            implements JobEvent {
        @Override
        public String type() {
            return "started";
        }
    }

    /**
     * @param step sampling steps done, over all pictures' batches
     * @param steps sampling steps in all
     * @param preview the latest, where someone asked for previews of this attempt
     */
    record Progress(
            JobId jobId, Instant at, int attempt, int step, int steps, Optional<JobPreview> preview)
            implements JobEvent {
        @Override
        public String type() {
            return "progress";
        }
    }

    /** The manifest at {@code result} is written. */
    record Succeeded(JobId jobId, Instant at, int attempt, int images, ObjectKey result)
            implements JobEvent {
        @Override
        public String type() {
            return "succeeded";
        }

        @Override
        public boolean isFinal() {
            return true;
        }
    }

    /** Nobody will try this job again. */
    record Failed(JobId jobId, Instant at, int attempt, ErrorCode code, String message)
            implements JobEvent {
        @Override
        public String type() {
            return "failed";
        }

        @Override
        public boolean isFinal() {
            return true;
        }
    }

    /** Someone who asked for it no longer wants it: it has no result and gets none. */
    record Cancelled(JobId jobId, Instant at) implements JobEvent {
        @Override
        public String type() {
            return "cancelled";
        }

        @Override
        public boolean isFinal() {
            return true;
        }
    }

    /**
     * It was not begun in time and never will be.
     *
     * @param deadline the job's own
     */
    record Expired(JobId jobId, Instant at, Instant deadline) implements JobEvent {
        @Override
        public String type() {
            return "expired";
        }

        @Override
        public boolean isFinal() {
            return true;
        }
    }
}
