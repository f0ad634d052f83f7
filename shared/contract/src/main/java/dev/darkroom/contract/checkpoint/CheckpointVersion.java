package dev.darkroom.contract.checkpoint;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.regex.Pattern;

/** A checkpoint's version: 12 hexadecimal digits of a hash over what it was made from. */
public record CheckpointVersion(@JsonValue String value) {
    private static final Pattern VALID = Pattern.compile("[0-9a-f]{12}");

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public CheckpointVersion {
        if (!VALID.matcher(value).matches()) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "checkpoint version must be 12 hexadecimal digits");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
