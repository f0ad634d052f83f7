package dev.darkroom.contract.checkpoint;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * A record of the compacted checkpoint topic (key: the model's name): from now on this version
 * serves the model ({@code promotion.schema.json}).
 *
 * @param canary another version that gets a share of the jobs, to be watched before it gets all
 */
public record Promotion(
        ModelName model, CheckpointVersion version, Instant promotedAt, Optional<Canary> canary) {
    private static final int WHOLE = 100;

    /**
     * A version on trial.
     *
     * @param percent share of the jobs that it gets, 1..99
     */
    public record Canary(CheckpointVersion version, int percent) {
        public Canary {
            if (percent < 1 || percent >= WHOLE) {
                throw new DarkroomException(
                        ErrorCode.INVALID_REQUEST, "percent is " + percent + ", must be 1..99");
            }
        }
    }

    public Promotion {
        Optional<CheckpointVersion> trial = canary.map(Canary::version);
        if (trial.isPresent() && trial.get().equals(version)) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "the canary is version " + version + ", which serves already");
        }
    }

    /** A version that gets all jobs. */
    public static Promotion of(CheckpointId checkpoint, Instant promotedAt) {
        return new Promotion(
                checkpoint.model(), checkpoint.version(), promotedAt, Optional.empty());
    }

    /** The checkpoint that serves the model; the canary is beside it. */
    @JsonIgnore
    public CheckpointId id() {
        return new CheckpointId(model, version);
    }

    /** The checkpoint on trial. */
    @JsonIgnore
    public Optional<CheckpointId> canaryId() {
        return canary.map(trial -> new CheckpointId(model, trial.version()));
    }

    /**
     * The checkpoint for a job that insists on none: the canary where the CRC-32 of the job's id
     * modulo 100 is below its percent. A function of promotion and id, so that every delivery of
     * the job, on every worker, chooses alike while the promotion stands; and one that any language
     * has.
     */
    public CheckpointId choose(JobId job) {
        CRC32 hash = new CRC32();
        hash.update(job.value().getBytes(StandardCharsets.US_ASCII));
        boolean onTrial =
                canary.map(trial -> hash.getValue() % WHOLE < trial.percent()).orElse(false);
        return onTrial ? canaryId().orElseThrow() : id();
    }
}
