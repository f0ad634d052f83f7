package dev.darkroom.contract.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.darkroom.contract.error.Bounds;
import dev.darkroom.contract.error.DarkroomException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/**
 * The moment from which on a job is not begun any more. Written as RFC 3339 in UTC, the one form
 * that every language reads alike.
 */
public record Deadline(Instant at) {
    /** A year, in seconds. */
    public static final long LONGEST = 31_536_000;

    private static final Pattern UTC =
            Pattern.compile(
                    "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z");

    /**
     * @throws DarkroomException {@link dev.darkroom.contract.error.ErrorCode#INVALID_REQUEST}
     */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Deadline parse(String text) {
        try {
            if (UTC.matcher(text).matches()) {
                return new Deadline(Instant.parse(text));
            }
        } catch (DateTimeException e) {
            throw refusal(text);
        }
        throw refusal(text);
    }

    private static DarkroomException refusal(String text) {
        return Text.invalid(
                "deadline is \""
                        + Text.clip(text)
                        + "\", must be a time in UTC like 2026-01-31T12:00:00Z");
    }

    /**
     * So many seconds from a moment.
     *
     * @param seconds 1..{@value #LONGEST}
     */
    public static Deadline in(long seconds, Instant now) {
        Bounds.require("expiresIn", seconds, 1, LONGEST);
        return new Deadline(now.plusSeconds(seconds).truncatedTo(ChronoUnit.MILLIS));
    }

    public boolean hasPassed(Instant now) {
        return !now.isBefore(at);
    }

    @Override
    @JsonValue
    public String toString() {
        return at.toString();
    }
}
