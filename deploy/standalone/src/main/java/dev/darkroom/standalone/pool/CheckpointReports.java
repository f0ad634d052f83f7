package dev.darkroom.standalone.pool;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.TrainingProvenance;
import dev.darkroom.platform.wiring.PlatformSettings;
import dev.darkroom.trainer.evaluate.EvaluatedCheckpoint;
import dev.darkroom.trainer.evaluate.EvaluationAids;
import dev.darkroom.trainer.evaluate.EvaluationReport;
import dev.darkroom.trainer.loop.TrainingRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A pool's checkpoints for those who evaluate them, and what they write of them. */
public final class CheckpointReports implements AutoCloseable {
    private final PoolRegistry registry;

    private CheckpointReports(PoolRegistry registry) {
        this.registry = registry;
    }

    /** Connects; needs broker and store, but no worker. */
    public static CheckpointReports open(PlatformSettings settings) {
        return new CheckpointReports(PoolRegistry.open(settings));
    }

    /**
     * @param version the one that serves the model where none is named
     * @throws dev.darkroom.contract.error.DarkroomException UNKNOWN_MODEL where there is none
     */
    public CheckpointId find(ModelName model, Optional<CheckpointVersion> version) {
        return registry.find(model, version);
    }

    /**
     * Brings a checkpoint here as workers have it.
     *
     * @throws dev.darkroom.contract.error.DarkroomException UNKNOWN_MODEL where it is not published
     */
    public Path fetch(CheckpointId checkpoint, Path folder) {
        return registry.checkpoints().fetch(checkpoint, folder);
    }

    /**
     * How the losses of a checkpoint's training went, and its parent's report where there is one.
     */
    public EvaluationAids history(CheckpointId checkpoint) {
        Optional<TrainingProvenance> training = registry.checkpoints().provenance(checkpoint);
        EvaluationAids aids =
                training.map(known -> EvaluationAids.NONE.withRecords(records(known)))
                        .orElse(EvaluationAids.NONE);
        return training.flatMap(TrainingProvenance::parent)
                .flatMap(parent -> report(new CheckpointId(checkpoint.model(), parent)))
                .map(aids::withParent)
                .orElse(aids);
    }

    private Optional<EvaluationReport> report(CheckpointId checkpoint) {
        return registry.store()
                .find(ObjectKeys.reportFile(checkpoint, EvaluationReport.FILE))
                .map(json -> Json.readTolerant(json, EvaluationReport.class));
    }

    /** Of the steps nothing but the losses was kept. */
    private static Map<String, List<TrainingRecord.Line>> records(TrainingProvenance training) {
        Map<String, List<TrainingRecord.Line>> records = new LinkedHashMap<>();
        for (TrainingProvenance.Loss loss : training.losses()) {
            if (!loss.validation()) {
                records.computeIfAbsent(loss.stage(), stage -> new ArrayList<>())
                        .add(new TrainingRecord.Line(loss.step(), loss.value(), 0, 0, 0, Map.of()));
            }
        }
        return records;
    }

    /**
     * Puts a report where the trainer puts those of what it trains.
     *
     * @return the page's key
     */
    public ObjectKey put(EvaluatedCheckpoint evaluated) {
        return evaluated.put(registry.store());
    }

    @Override
    public void close() {
        registry.close();
    }
}
