package dev.darkroom.producer.api;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import java.util.Locale;

/**
 * An RFC 9457 problem document.
 *
 * @param type a URN made from the code
 * @param code stable name for programs
 * @param instance path of the request
 */
record Problem(String type, String title, int status, String detail, String code, String instance) {
    static final String MEDIA_TYPE = "application/problem+json";

    static Problem of(DarkroomException failure, String path) {
        ErrorCode code = failure.code();
        String detail =
                code == ErrorCode.INTERNAL
                        ? "the server's log says more; trying again may help"
                        : failure.reason();
        return new Problem(urn(code.name()), code.title(), status(code), detail, code.name(), path);
    }

    /** What HTTP itself refuses: an unknown path, a method, a media type. */
    static Problem of(int status, String code, String title, String detail, String path) {
        return new Problem(urn(code), title, status, detail, code, path);
    }

    byte[] json() {
        return Json.write(this);
    }

    /** Seconds after which another try makes sense; 0 for never. */
    int retryAfterSeconds() {
        if (status != 503) {
            return 0;
        }
        return code.equals(ErrorCode.NOT_READY.name()) ? 1 : 5;
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
            case UNKNOWN_JOB -> 404;
            case JOB_NOT_DONE -> 409;
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
