package dev.darkroom.contract.training;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.storage.ObjectKey;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a checkpoint that was made here comes from: {@code training.json} in its folder. One of the
 * manifest's files, but no part of the version's hash: the same weights are the same version
 * whenever and wherever they were trained.
 *
 * @param format of this file; {@link #FORMAT} here
 * @param training the run
 * @param parent what it was fine-tuned from; none: trained from nothing
 * @param dataFingerprint SHA-256 over keys, sizes and entity tags of the data set's objects
 * @param objects how many those were
 * @param recipe every setting of the run
 * @param steps of the optimizer
 * @param losses along the way
 * @param scores of this checkpoint
 * @param parentScores of the parent, measured in the same way
 * @param mayServe whether the gate let it pass
 * @param findings of the gate, for a person
 * @param report where the pictures and plots are
 */
public record TrainingProvenance(
        int format,
        TrainingId training,
        Optional<CheckpointVersion> parent,
        Optional<DatasetName> dataset,
        Optional<String> dataFingerprint,
        int objects,
        Map<String, Object> recipe,
        long steps,
        List<Loss> losses,
        List<Score> scores,
        List<Score> parentScores,
        boolean mayServe,
        List<String> findings,
        Optional<ObjectKey> report,
        Instant startedAt,
        Instant finishedAt) {
    public static final String FILE = "training.json";
    public static final int FORMAT = 1;

    /** The loss at a step: of training, or on pictures kept apart. */
    public record Loss(String stage, long step, double value, boolean validation) {}

    public TrainingProvenance {
        recipe = Collections.unmodifiableMap(new LinkedHashMap<>(recipe));
        losses = List.copyOf(losses);
        scores = List.copyOf(scores);
        parentScores = List.copyOf(parentScores);
        findings = List.copyOf(findings);
    }
}
