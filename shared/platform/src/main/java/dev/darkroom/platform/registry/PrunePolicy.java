package dev.darkroom.platform.registry;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.time.Duration;

/**
 * Which versions stay, beside those that are needed.
 *
 * @param keep so many of the newest
 * @param younger than this
 * @param abandonedAfter parts without a manifest that nobody has added to for this long belong to a
 *     publishing that failed
 */
public record PrunePolicy(int keep, Duration younger, Duration abandonedAfter) {
    /** Longer than any publishing pauses between two files. */
    public static final Duration ABANDONED = Duration.ofHours(24);

    public PrunePolicy {
        if (keep < 0 || younger.isNegative() || abandonedAfter.isNegative()) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "what to keep cannot be below 0");
        }
    }
}
