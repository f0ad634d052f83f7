package dev.darkroom.contract.error;

import org.jspecify.annotations.Nullable;

/** The one exception of Darkroom: a code that says what follows, and a message for a person. */
public final class DarkroomException extends RuntimeException {
    private final ErrorCode code;

    public DarkroomException(ErrorCode code, String message) {
        this(code, message, null);
    }

    public DarkroomException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }

    /** The message; never null. */
    public String reason() {
        String message = getMessage();
        return message == null ? code.name() : message;
    }

    /**
     * Classifies any failure: a {@code DarkroomException} is returned as it is, an {@code
     * OutOfMemoryError} is {@link ErrorCode#RESOURCE_EXHAUSTED}, anything else {@link
     * ErrorCode#INTERNAL}.
     */
    public static DarkroomException of(Throwable failure) {
        if (failure instanceof DarkroomException known) {
            return known;
        }
        ErrorCode code =
                failure instanceof OutOfMemoryError
                        ? ErrorCode.RESOURCE_EXHAUSTED
                        : ErrorCode.INTERNAL;
        return new DarkroomException(code, String.valueOf(failure), failure);
    }
}
