package dev.darkroom.contract.checkpoint;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.zip.CRC32;

/**
 * A record of the compacted checkpoint topic (key: the model's name): from now on this version
 * serves the model ({@code promotion.schema.json}).
 *
 * @param canary another version that gets a share of the jobs, to be watched before it gets all
 * @param history the versions that served before it and that it can be rolled back to, the latest
 *     first; at most {@link #MAX_HISTORY}. It lies in the record because a compacted topic keeps
 *     only the last one
 * @param newSince when the version began to serve, where it had not served before; nothing where it
 *     came back. It lies in the record for the same reason: only what is new is on probation
 */
public record Promotion(
        ModelName model,
        CheckpointVersion version,
        Instant promotedAt,
        Optional<Canary> canary,
        @JsonSetter(nulls = Nulls.AS_EMPTY) List<CheckpointVersion> history,
        Optional<Instant> newSince) {
    /** Longest way back. */
    public static final int MAX_HISTORY = 32;

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
        history = history.stream().limit(MAX_HISTORY).toList();
        Optional<CheckpointVersion> trial = canary.map(Canary::version);
        if (trial.isPresent() && trial.get().equals(version)) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "the canary is version " + version + ", which serves already");
        }
    }

    /** A promotion that nothing came before. */
    public Promotion(
            ModelName model,
            CheckpointVersion version,
            Instant promotedAt,
            Optional<Canary> canary) {
        this(model, version, promotedAt, canary, List.of(), Optional.empty());
    }

    /** A version that gets all jobs. */
    public static Promotion of(CheckpointId checkpoint, Instant promotedAt) {
        return new Promotion(
                checkpoint.model(),
                checkpoint.version(),
                promotedAt,
                Optional.empty(),
                List.of(),
                Optional.of(promotedAt));
    }

    /** Another version gets all jobs from now on; a canary's trial is over. */
    public Promotion followedBy(CheckpointVersion next, Instant at) {
        if (next.equals(version)) {
            return withoutCanary(at);
        }
        List<CheckpointVersion> before = new ArrayList<>(history);
        before.add(0, version);
        Optional<Instant> since = history.contains(next) ? Optional.empty() : Optional.of(at);
        return new Promotion(model, next, at, Optional.empty(), before, since);
    }

    /** The same version, and another on trial beside it. */
    public Promotion withCanary(Canary trial, Instant at) {
        return new Promotion(model, version, at, Optional.of(trial), history, newSince);
    }

    /** The same version, and none on trial. */
    public Promotion withoutCanary(Instant at) {
        return new Promotion(model, version, at, Optional.empty(), history, newSince);
    }

    /**
     * Undoes the last step: a trial where there is one, else the version goes back to the latest of
     * the history that {@code exists}; from there the next step goes further back.
     *
     * @return nothing where there is nowhere to go back to
     */
    public Optional<Promotion> rolledBack(Predicate<CheckpointVersion> exists, Instant at) {
        if (canary.isPresent()) {
            return Optional.of(withoutCanary(at));
        }
        for (int i = 0; i < history.size(); i++) {
            CheckpointVersion before = history.get(i);
            if (!before.equals(version) && exists.test(before)) {
                return Optional.of(
                        new Promotion(
                                model,
                                before,
                                at,
                                Optional.empty(),
                                history.subList(i + 1, history.size()),
                                Optional.empty()));
            }
        }
        return Optional.empty();
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
