package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/** What a job is there for. Several of each are among any sixty. */
enum Kind {
    ORDINARY(8),
    /** Its first attempt fails for now, when a picture of it is there. */
    FALTERING(2),
    /** Asks for a version that was never published. */
    IMPOSSIBLE(2),
    /** Asks for a version whose files are not those of its manifest. */
    DAMAGED(2),
    /** Cancelled as soon as it is on the queue. */
    UNWANTED(2),
    /** Cancelled as soon as a worker has begun it. */
    STOPPED(2),
    /** Its deadline has passed when it is put on the queue. */
    LATE(1),
    /** Its deadline passes at about the time when its turn comes. */
    HURRIED(1);

    private static final int FALTERS = 0xfa17;

    private final int share;

    Kind(int share) {
        this.share = share;
    }

    /** How such a job may end that nobody cancelled in time. */
    Set<String> ends() {
        return switch (this) {
            case ORDINARY, FALTERING, UNWANTED, STOPPED -> Set.of("succeeded");
            case IMPOSSIBLE, DAMAGED -> Set.of("failed");
            case LATE -> Set.of("expired");
            case HURRIED -> Set.of("succeeded", "expired");
        };
    }

    /** What is said of one that fails. */
    Optional<ErrorCode> failure() {
        return switch (this) {
            case IMPOSSIBLE -> Optional.of(ErrorCode.UNKNOWN_MODEL);
            case DAMAGED -> Optional.of(ErrorCode.CORRUPT_CHECKPOINT);
            case ORDINARY, FALTERING, UNWANTED, STOPPED, LATE, HURRIED -> Optional.empty();
        };
    }

    /** A new id, by which workers know the jobs that are to falter. */
    JobId newId(Random random) {
        long high = (random.nextLong() & ~0xf000L) | 0x4000L;
        long low = random.nextLong() & ~0xffffL;
        return JobId.of(new UUID(high, this == FALTERING ? low | FALTERS : low));
    }

    /** Whether the job is one that is to falter. */
    static boolean falters(JobId job) {
        return job.value().endsWith(Integer.toHexString(FALTERS));
    }

    /** Each as often as its share. */
    static List<Kind> mixture() {
        List<Kind> mixture = new ArrayList<>();
        for (Kind kind : values()) {
            mixture.addAll(Collections.nCopies(kind.share, kind));
        }
        return mixture;
    }
}
