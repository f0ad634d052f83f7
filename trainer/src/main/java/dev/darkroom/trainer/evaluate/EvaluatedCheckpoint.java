package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What came of an evaluation. */
public record EvaluatedCheckpoint(EvaluationReport report, ReportPage page) {
    /**
     * Writes the page and then the document into a folder; those that are there are replaced.
     *
     * @param folder made
     */
    public void write(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.write(folder.resolve(ReportPage.FILE), html());
            Files.write(folder.resolve(EvaluationReport.FILE), Json.writePretty(report));
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, folder + " cannot be written to: " + e, e);
        }
    }

    /**
     * Puts both beside the published checkpoint; those that are there are replaced.
     *
     * @return the page's key
     */
    public ObjectKey put(ObjectStore store) {
        ObjectKey key = ObjectKeys.reportFile(report.checkpoint(), ReportPage.FILE);
        store.put(key, html(), ReportPage.MEDIA_TYPE);
        store.put(
                ObjectKeys.reportFile(report.checkpoint(), EvaluationReport.FILE),
                Json.writePretty(report),
                EvaluationReport.MEDIA_TYPE);
        return key;
    }

    private byte[] html() {
        return page.html().getBytes(StandardCharsets.UTF_8);
    }
}
