package dev.darkroom.trainer.evaluate;

import dev.darkroom.trainer.loop.TrainingRecord;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an evaluation has besides checkpoint and data; what is missing is left out of the report,
 * with the reason.
 *
 * @param ownClip folder of the CLIP whose text encoder the checkpoint has
 * @param importedClip folder of any other CLIP
 * @param inception as the user supplies it
 * @param validationLoss at fixed noise and timesteps
 * @param parent the report of the checkpoint that this one was trained from
 * @param records the losses of each stage
 */
public record EvaluationAids(
        Optional<Path> ownClip,
        Optional<Path> importedClip,
        Optional<InceptionFeatures.Options> inception,
        Optional<Double> validationLoss,
        Optional<EvaluationReport> parent,
        Map<String, List<TrainingRecord.Line>> records) {
    /** Nothing but checkpoint and data. */
    public static final EvaluationAids NONE =
            new EvaluationAids(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Map.of());

    public EvaluationAids withImportedClip(Path folder) {
        return new EvaluationAids(
                ownClip, Optional.of(folder), inception, validationLoss, parent, records);
    }

    public EvaluationAids withOwnClip(Path folder) {
        return new EvaluationAids(
                Optional.of(folder), importedClip, inception, validationLoss, parent, records);
    }

    public EvaluationAids withParent(EvaluationReport report) {
        return new EvaluationAids(
                ownClip, importedClip, inception, validationLoss, Optional.of(report), records);
    }

    public EvaluationAids withInception(InceptionFeatures.Options options) {
        return new EvaluationAids(
                ownClip, importedClip, Optional.of(options), validationLoss, parent, records);
    }

    public EvaluationAids withRecords(Map<String, List<TrainingRecord.Line>> lines) {
        return new EvaluationAids(ownClip, importedClip, inception, validationLoss, parent, lines);
    }

    /** Without a parent that was evaluated in another way: its figures do not compare. */
    public EvaluationAids comparable(EvaluationOptions options) {
        return new EvaluationAids(
                ownClip,
                importedClip,
                inception,
                validationLoss,
                parent.filter(report -> report.options().equals(options)),
                records);
    }
}
