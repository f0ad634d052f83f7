package dev.darkroom.trainer.stage;

import dev.darkroom.trainer.evaluate.EvaluationAids;
import dev.darkroom.trainer.loop.StepReport;
import dev.darkroom.trainer.loop.TrainingRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The folder of a {@link RecipeRun} that has made its checkpoint, read by who evaluates that. */
public record FinishedRun(Path folder) {
    private static final List<String> STAGES =
            List.of(ClipStage.NAME, VaeStage.NAME, UnetStage.NAME);

    /** The run that has made a checkpoint, where the checkpoint still lies in its folder. */
    public static Optional<FinishedRun> of(Path checkpoint) {
        return Optional.ofNullable(checkpoint.toAbsolutePath().normalize().getParent())
                .filter(folder -> Files.exists(folder.resolve(Recipe.FILE)))
                .map(FinishedRun::new);
    }

    public Recipe recipe() {
        return Recipe.read(folder.resolve(Recipe.FILE));
    }

    /** Its CLIP, the last validation loss of its UNet, and how its losses went. */
    public EvaluationAids aids() {
        Map<String, List<TrainingRecord.Line>> records = new LinkedHashMap<>();
        for (String stage : STAGES) {
            Path record = RunObserver.record(folder, stage);
            if (Files.exists(record)) {
                records.put(stage, TrainingRecord.read(record));
            }
        }
        Path clip = folder.resolve(ClipStage.NAME);
        return new EvaluationAids(
                Optional.of(clip).filter(Files::isDirectory),
                Optional.empty(),
                Optional.empty(),
                validationLoss(records.getOrDefault(UnetStage.NAME, List.of())),
                Optional.empty(),
                records);
    }

    private static Optional<Double> validationLoss(List<TrainingRecord.Line> lines) {
        return lines.stream()
                .flatMap(
                        line ->
                                Optional.ofNullable(line.scalars().get(StepReport.VALIDATION_LOSS))
                                        .stream())
                .reduce((before, last) -> last);
    }
}
