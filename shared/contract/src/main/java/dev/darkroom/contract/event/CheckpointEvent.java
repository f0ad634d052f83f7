package dev.darkroom.contract.event;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.ErrorCode;
import java.time.Instant;
import java.util.Optional;

/**
 * Something that happened to a checkpoint ({@code checkpoint-event.schema.json}); the topic's key
 * is the model's name.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = CheckpointEvent.Published.class, name = "published"),
    @JsonSubTypes.Type(value = CheckpointEvent.NotPromoted.class, name = "not-promoted"),
    @JsonSubTypes.Type(value = CheckpointEvent.Promoted.class, name = "promoted"),
    @JsonSubTypes.Type(value = CheckpointEvent.RolledBack.class, name = "rolled-back"),
    @JsonSubTypes.Type(value = CheckpointEvent.CanaryStarted.class, name = "canary-started"),
    @JsonSubTypes.Type(value = CheckpointEvent.CanaryEnded.class, name = "canary-ended"),
    @JsonSubTypes.Type(value = CheckpointEvent.Swapped.class, name = "swapped"),
    @JsonSubTypes.Type(value = CheckpointEvent.Refused.class, name = "refused")
})
public sealed interface CheckpointEvent {
    ModelName model();

    /** The version that it happened to. */
    CheckpointVersion version();

    Instant at();

    /** The name on the wire, as in {@code rolled-back}. */
    @JsonIgnore
    String type();

    @JsonIgnore
    default CheckpointId checkpoint() {
        return new CheckpointId(model(), version());
    }

    /** Its manifest is in the bucket. */
    record Published(ModelName model, CheckpointVersion version, Instant at)
            implements CheckpointEvent {
        @Override
        public String type() {
            return "published";
        }
    }

    /**
     * The gate kept it from serving: it is published and stays so.
     *
     * @param reason which figure is worse than the parent's, for a person
     */
    record NotPromoted(ModelName model, CheckpointVersion version, Instant at, String reason)
            implements CheckpointEvent {
        @Override
        public String type() {
            return "not-promoted";
        }
    }

    /**
     * It serves its model from now on.
     *
     * @param previous the one that did before
     */
    record Promoted(
            ModelName model,
            CheckpointVersion version,
            Instant at,
            Optional<CheckpointVersion> previous)
            implements CheckpointEvent {
        @Override
        public String type() {
            return "promoted";
        }
    }

    /**
     * It serves its model again.
     *
     * @param from the version that it takes over from
     */
    record RolledBack(
            ModelName model,
            CheckpointVersion version,
            Instant at,
            CheckpointVersion from,
            String reason)
            implements CheckpointEvent {
        @Override
        public String type() {
            return "rolled-back";
        }
    }

    /**
     * It gets a share of its model's jobs.
     *
     * @param percent 1..99
     */
    record CanaryStarted(ModelName model, CheckpointVersion version, Instant at, int percent)
            implements CheckpointEvent {
        @Override
        public String type() {
            return "canary-started";
        }
    }

    /**
     * Its trial is over.
     *
     * @param promoted whether it gets all jobs now, or none
     */
    record CanaryEnded(
            ModelName model, CheckpointVersion version, Instant at, boolean promoted, String reason)
            implements CheckpointEvent {
        @Override
        public String type() {
            return "canary-ended";
        }
    }

    /**
     * A worker's jobs begin with it from now on; told of the promoted version and of a canary.
     *
     * @param previous the one that they began with before
     * @param milliseconds that download, load and warm-up took; what it waited before is not in it
     */
    record Swapped(
            ModelName model,
            CheckpointVersion version,
            Instant at,
            String worker,
            Optional<CheckpointVersion> previous,
            long milliseconds)
            implements CheckpointEvent {
        @Override
        public String type() {
            return "swapped";
        }
    }

    /**
     * A worker cannot serve it and goes on with what it has.
     *
     * @param message the reason, for a person
     * @param promotedAt of the promotion that the worker follows: tells a refusal of now from one
     *     of an earlier promotion of the same version, whatever the clocks say
     */
    record Refused(
            ModelName model,
            CheckpointVersion version,
            Instant at,
            String worker,
            ErrorCode code,
            String message,
            Optional<Instant> promotedAt)
            implements CheckpointEvent {
        @Override
        public String type() {
            return "refused";
        }
    }
}
