package dev.darkroom.contract.training;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.regex.Pattern;

/** Name of the pictures and captions under {@code datasets/<name>/} in the bucket. */
public record DatasetName(@JsonValue String value) {
    private static final Pattern VALID =
            Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}(\\.[a-z0-9_-]+)*");

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public DatasetName {
        if (value.length() > 64 || !VALID.matcher(value).matches()) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "data set name must be 1..64 of a-z 0-9 . _ - and begin with a letter or"
                            + " digit");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
