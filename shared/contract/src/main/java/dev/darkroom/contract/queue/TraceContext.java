package dev.darkroom.contract.queue;

import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The {@code traceparent} of a request or record, which goes on with everything that follows from
 * it.
 *
 * @see <a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>
 */
public final class TraceContext {
    private static final Pattern VALID =
            Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");

    private TraceContext() {}

    /** The text where it is a traceparent; whatever else stands there says nothing. */
    public static Optional<String> of(@Nullable String text) {
        return Optional.ofNullable(text).filter(some -> VALID.matcher(some).matches());
    }
}
