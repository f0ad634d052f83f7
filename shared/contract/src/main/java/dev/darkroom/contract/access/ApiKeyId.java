package dev.darkroom.contract.access;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.regex.Pattern;

/** Names an API key; no secret, and a piece of object keys. */
public record ApiKeyId(@JsonValue String value) {
    /** Characters of every id. */
    public static final int LENGTH = 12;

    private static final Pattern VALID = Pattern.compile("[0-9a-f]{" + LENGTH + "}");

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public ApiKeyId {
        if (!isValid(value)) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "a key's id has 12 hexadecimal digits");
        }
    }

    public static boolean isValid(String text) {
        return VALID.matcher(text).matches();
    }

    @Override
    public String toString() {
        return value;
    }
}
