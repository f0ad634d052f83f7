package dev.darkroom.trainer.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.training.Score;
import dev.darkroom.trainer.evaluate.EvaluatedCheckpoint;
import dev.darkroom.trainer.evaluate.EvaluationOptions;
import dev.darkroom.trainer.evaluate.EvaluationReport;
import dev.darkroom.trainer.evaluate.Measure;
import dev.darkroom.trainer.evaluate.ReportPage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TuningEvaluationTest {
    private static final String DISTANCE = Measure.FRECHET_CLIP.title() + " at guidance 2";
    private static final String COLOURS = Measure.COLOUR_AGREEMENT.title() + " at guidance 2";

    @Test
    void judgesByADistanceOnlyToEnoughRealPictures() {
        assertThat(names(31)).containsExactly(Score.VALIDATION_LOSS, COLOURS);
        assertThat(names(32)).containsExactly(Score.VALIDATION_LOSS, DISTANCE, COLOURS);
    }

    private static List<String> names(int reference) {
        EvaluationReport report =
                new EvaluationReport(
                        new CheckpointId(
                                new ModelName("fashion-sd"), new CheckpointVersion("0123456789ab")),
                        Instant.EPOCH,
                        "none",
                        new EvaluationOptions(List.of(2.0), 2, 1, 2, SamplerName.DDIM, 2, 1, 8),
                        Optional.of(0.1),
                        List.of(
                                new EvaluationReport.Scores(
                                        2,
                                        Map.of(
                                                Measure.FRECHET_CLIP,
                                                4.0,
                                                Measure.COLOUR_AGREEMENT,
                                                1.0))),
                        Map.of(),
                        List.of(),
                        Optional.empty());
        EvaluatedCheckpoint evaluated = new EvaluatedCheckpoint(report, new ReportPage(report));
        TuningEvaluation.Pair pair = new TuningEvaluation.Pair(evaluated, evaluated, 2, reference);
        assertThat(pair.parentScores()).isEqualTo(pair.scores());
        return pair.scores().stream().map(Score::name).toList();
    }
}
