package dev.darkroom.producer.submit;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.regex.Pattern;

/**
 * What a client calls a request by, so that asking again asks for nothing new: the header {@code
 * Idempotency-Key} of the IETF's draft.
 *
 * @param value 1..255 visible ASCII characters and spaces
 */
public record IdempotencyKey(String value) {
    private static final Pattern VALID = Pattern.compile("[ -~]{1,255}");

    /** A string of RFC 9651, between its quotes. */
    private static final Pattern QUOTED = Pattern.compile("([ !#-\\[\\]-~]|\\\\[\"\\\\])*");

    public IdempotencyKey {
        if (!VALID.matcher(value).matches()) {
            throw invalid();
        }
    }

    /**
     * Reads the header, in quotes as the draft has it or bare as many send it.
     *
     * @throws DarkroomException INVALID_REQUEST
     */
    public static IdempotencyKey parse(String header) {
        String text = header.strip();
        if (!text.startsWith("\"")) {
            return new IdempotencyKey(text);
        }
        if (text.length() < 2 || !text.endsWith("\"")) {
            throw invalid();
        }
        String inside = text.substring(1, text.length() - 1);
        if (!QUOTED.matcher(inside).matches()) {
            throw invalid();
        }
        return new IdempotencyKey(inside.replaceAll("\\\\(.)", "$1"));
    }

    private static DarkroomException invalid() {
        return new DarkroomException(
                ErrorCode.INVALID_REQUEST,
                "Idempotency-Key must be 1..255 visible ASCII characters, in quotes or bare");
    }
}
