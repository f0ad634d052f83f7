package dev.darkroom.contract.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A job's id: a UUID in its canonical lower-case form. Object keys are built from it, so nothing
 * else passes.
 */
public record JobId(@JsonValue String value) implements Comparable<JobId> {
    private static final Pattern CANONICAL =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public JobId {
        if (!CANONICAL.matcher(value).matches()) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "job id must be a UUID in lower case, like 0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f");
        }
    }

    public static JobId of(UUID uuid) {
        return new JobId(uuid.toString());
    }

    public static boolean isValid(String text) {
        return CANONICAL.matcher(text).matches();
    }

    /**
     * The seed of a job that names none, 0 .. 2^32-1: a function of the id (the finaliser of
     * MurmurHash3 over its bits), so that every delivery of the job draws the same noise.
     */
    public long derivedSeed() {
        UUID uuid = UUID.fromString(value);
        long h =
                uuid.getMostSignificantBits() ^ Long.rotateLeft(uuid.getLeastSignificantBits(), 32);
        h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
        h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return (h ^ (h >>> 33)) & 0xffff_ffffL;
    }

    @Override
    public int compareTo(JobId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
