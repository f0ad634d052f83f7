package dev.darkroom.producer.api;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import java.util.Locale;
import java.util.Optional;

/**
 * An RFC 9457 problem document.
 *
 * @param type a URN made from the code
 * @param code stable name for programs
 * @param instance path of the request
 * @param retryAfterSeconds after which another try makes sense
 */
record Problem(
        String type,
        String title,
        int status,
        String detail,
        String code,
        String instance,
        Optional<Integer> retryAfterSeconds) {
    static final String MEDIA_TYPE = "application/problem+json";

    static Problem of(DarkroomException failure, String path) {
        ErrorCode code = failure.code();
        String detail =
                code == ErrorCode.INTERNAL
                        ? "the server's log says more; trying again may help"
                        : failure.reason();
        return new Problem(
                urn(code.name()),
                code.title(),
                status(code),
                detail,
                code.name(),
                path,
                retryAfter(failure));
    }

    /** What HTTP itself refuses: an unknown path, a method, a media type. */
    static Problem of(int status, String code, String title, String detail, String path) {
        return new Problem(urn(code), title, status, detail, code, path, Optional.empty());
    }

    byte[] json() {
        return Json.write(this);
    }

    private static Optional<Integer> retryAfter(DarkroomException failure) {
        if (failure.retryAfter().isPresent()) {
            // Rounded up: who comes a moment too early comes for nothing.
            return Optional.of(
                    (int) Math.max(1, failure.retryAfter().get().plusMillis(999).toSeconds()));
        }
        if (status(failure.code()) != 503) {
            return Optional.empty();
        }
        return Optional.of(failure.code() == ErrorCode.NOT_READY ? 1 : 5);
    }

    private static String urn(String code) {
        return "urn:darkroom:problem:" + code.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static int status(ErrorCode code) {
        return switch (code) {
            case MALFORMED_REQUEST,
                    INVALID_REQUEST,
                    UNKNOWN_MODEL,
                    UNSUPPORTED_SIZE,
                    INVALID_CHECKPOINT,
                    INVALID_DATASET ->
                    400;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case UNKNOWN_JOB -> 404;
            case JOB_NOT_DONE, JOB_ENDED, IDEMPOTENCY_CONFLICT -> 409;
            case QUOTA_EXCEEDED -> 429;
            case STORE_UNAVAILABLE, QUEUE_UNAVAILABLE, NOT_READY, RESOURCE_EXHAUSTED, LOCK_LOST ->
                    503;
            case CORRUPT_CHECKPOINT,
                    GENERATION_FAILED,
                    ATTEMPTS_EXHAUSTED,
                    TRAINING_DIVERGED,
                    MISCONFIGURED,
                    INTERNAL ->
                    500;
        };
    }
}
