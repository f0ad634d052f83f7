package dev.darkroom.contract.training;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import java.time.Instant;
import java.util.Optional;

/**
 * Something that happened to a training ({@code training-event.schema.json}); the topic's key is
 * the model's name.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = TrainingEvent.Started.class, name = "started"),
    @JsonSubTypes.Type(value = TrainingEvent.Progressed.class, name = "progressed"),
    @JsonSubTypes.Type(value = TrainingEvent.Interrupted.class, name = "interrupted"),
    @JsonSubTypes.Type(value = TrainingEvent.Finished.class, name = "finished")
})
public sealed interface TrainingEvent {
    TrainingId id();

    ModelName model();

    Instant at();

    /** The name on the wire, as in {@code started}. */
    @JsonIgnore
    String type();

    /**
     * A trainer took it.
     *
     * @param parent the checkpoint that it starts from
     * @param resumedFrom number of the save that it goes on from; none: from the beginning
     */
    record Started(
            TrainingId id,
            ModelName model,
            Instant at,
            String trainer,
            CheckpointVersion parent,
            Optional<Long> resumedFrom)
            implements TrainingEvent {
        @Override
        public String type() {
            return "started";
        }
    }

    /** May be lost. */
    record Progressed(TrainingId id, ModelName model, Instant at, TrainingProgress progress)
            implements TrainingEvent {
        @Override
        public String type() {
            return "progressed";
        }
    }

    /** It will be gone on with from its last save. */
    record Interrupted(TrainingId id, ModelName model, Instant at, String trainer, String reason)
            implements TrainingEvent {
        @Override
        public String type() {
            return "interrupted";
        }
    }

    /** Nothing follows. */
    record Finished(TrainingId id, ModelName model, Instant at, TrainingOutcome outcome)
            implements TrainingEvent {
        @Override
        public String type() {
            return "finished";
        }
    }
}
