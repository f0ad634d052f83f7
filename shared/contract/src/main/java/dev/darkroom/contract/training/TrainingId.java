package dev.darkroom.contract.training;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import java.util.UUID;

/** A training's id: a UUID in its canonical lower-case form, a piece of object keys. */
public record TrainingId(@JsonValue String value) {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public TrainingId {
        if (!JobId.isValid(value)) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "training id must be a UUID in lower case, like"
                            + " 0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f");
        }
    }

    public static TrainingId of(UUID uuid) {
        return new TrainingId(uuid.toString());
    }

    @Override
    public String toString() {
        return value;
    }
}
