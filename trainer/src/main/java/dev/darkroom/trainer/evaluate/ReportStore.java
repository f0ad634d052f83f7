package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The reports in the bucket: a page and a JSON document for each checkpoint. */
public final class ReportStore {
    private final ObjectStore store;

    public ReportStore(ObjectStore store) {
        this.store = store;
    }

    /** Stores the page and then the document; a report that is there is replaced. */
    public void put(EvaluationReport report, ReportPage page) {
        store.put(
                ObjectKeys.reportFile(report.checkpoint(), ReportPage.FILE),
                page.html().getBytes(StandardCharsets.UTF_8),
                ReportPage.MEDIA_TYPE);
        store.put(
                ObjectKeys.reportFile(report.checkpoint(), EvaluationReport.FILE),
                Json.writePretty(report),
                "application/json");
    }

    /** The report of a checkpoint, where it was evaluated. */
    public Optional<EvaluationReport> find(CheckpointId checkpoint) {
        return store.find(ObjectKeys.reportFile(checkpoint, EvaluationReport.FILE))
                .map(json -> Json.readTolerant(json, EvaluationReport.class));
    }
}
