package dev.darkroom.contract.training;

import com.fasterxml.jackson.annotation.JsonEnumDefaultValue;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.ErrorCode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How a training ended: {@code training/<model>/<id>/outcome.json}, written last and once. Where it
 * is, nobody works on the request again.
 *
 * @param version what it published
 * @param reasons for a person: what the gate found, or what failed
 * @param code where it failed
 */
public record TrainingOutcome(
        TrainingId id,
        ModelName model,
        Result result,
        Optional<CheckpointVersion> version,
        List<String> reasons,
        Optional<ErrorCode> code,
        Instant at) {
    /** What became of it. */
    public enum Result {
        /** Published, and serves. */
        @JsonProperty("promoted")
        PROMOTED,
        /** Published, and gets a share of the jobs. */
        @JsonProperty("canary")
        CANARY,
        /** Published only: the gate, or the request, kept it from serving. */
        @JsonProperty("not-promoted")
        NOT_PROMOTED,
        /** Nothing was published. */
        @JsonProperty("failed")
        @JsonEnumDefaultValue
        FAILED
    }

    public TrainingOutcome {
        reasons = List.copyOf(reasons);
    }
}
