package dev.darkroom.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.trainer.Embedded;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EvaluatedCheckpointTest {
    @Test
    void isPutBesideTheCheckpointAndReplacesWhatWasThere() {
        try (ObjectStore store = Embedded.store("reports")) {
            for (double loss : new double[] {0.5, 0.25}) {
                EvaluationReport report = report(loss);

                ObjectKey page = new EvaluatedCheckpoint(report, new ReportPage(report)).put(store);

                assertThat(page.value()).isEqualTo("reports/fashion-sd/0123456789ab/index.html");
                assertThat(new String(store.find(page).orElseThrow(), StandardCharsets.UTF_8))
                        .contains("fashion-sd@0123456789ab", String.valueOf(loss));
                ObjectKey figures = new ObjectKey("reports/fashion-sd/0123456789ab/report.json");
                assertThat(Json.read(store.find(figures).orElseThrow(), EvaluationReport.class))
                        .isEqualTo(report);
            }
        }
    }

    private static EvaluationReport report(double loss) {
        return new EvaluationReport(
                new CheckpointId(
                        new ModelName("fashion-sd"), new CheckpointVersion("0123456789ab")),
                Instant.parse("2026-01-31T12:00:00Z"),
                "classifier 1",
                new EvaluationOptions(List.of(1.0), 2, 1, 2, SamplerName.DDIM, 2, 3, 16),
                Optional.of(loss),
                List.of(new EvaluationReport.Scores(1, Map.of(Measure.DIVERSITY, 2.0))),
                Map.of(Measure.DIVERSITY, 3.0),
                List.of(),
                Optional.empty());
    }
}
