package dev.darkroom.contract.error;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The one exception of Darkroom: a code that says what follows, and a message for a person. */
public final class DarkroomException extends RuntimeException {
    private final ErrorCode code;
    private final @Nullable Duration retryAfter;

    public DarkroomException(ErrorCode code, String message) {
        this(code, message, null, null);
    }

    public DarkroomException(ErrorCode code, String message, @Nullable Throwable cause) {
        this(code, message, cause, null);
    }

    /**
     * @param retryAfter time after which the same may succeed
     */
    public DarkroomException(ErrorCode code, String message, Duration retryAfter) {
        this(code, message, null, retryAfter);
    }

    private DarkroomException(
            ErrorCode code,
            String message,
            @Nullable Throwable cause,
            @Nullable Duration retryAfter) {
        super(message, cause);
        this.code = code;
        this.retryAfter = retryAfter;
    }

    /** The time after which the same may succeed, where that is known. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
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
