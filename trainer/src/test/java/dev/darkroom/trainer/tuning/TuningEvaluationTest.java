package dev.darkroom.trainer.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.training.Margins;
import dev.darkroom.contract.training.Score;
import dev.darkroom.trainer.evaluate.EvaluatedCheckpoint;
import dev.darkroom.trainer.evaluate.EvaluationOptions;
import dev.darkroom.trainer.evaluate.EvaluationReport;
import dev.darkroom.trainer.evaluate.Measure;
import dev.darkroom.trainer.evaluate.ReportPage;
import dev.darkroom.trainer.publish.PromotionGate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TuningEvaluationTest {
    private static final String DISTANCE = Measure.FRECHET_CLIP.title() + " at guidance 2";
    private static final String CLASSES = Measure.CLASS_AGREEMENT.title() + " at guidance 2";
    private static final String COLOURS = Measure.COLOUR_AGREEMENT.title() + " at guidance 2";

    @Test
    void judgesByADistanceOnlyToEnoughRealPictures() {
        assertThat(names(31)).containsExactly(Score.VALIDATION_LOSS, COLOURS);
        assertThat(names(32)).containsExactly(Score.VALIDATION_LOSS, DISTANCE, COLOURS);
    }

    @Test
    void judgesByClassesOnlyWhereEnoughWereAskedForAndTheJudgeKnowsRealOnes() {
        assertThat(judged(32, 0.5)).contains(CLASSES);
        assertThat(judged(31, 0.5)).doesNotContain(CLASSES);
        assertThat(judged(32, 0.49)).doesNotContain(CLASSES);
    }

    @Test
    void servesNothingThatShowsFewerOfTheKindsAskedFor() {
        Score before = new Score(CLASSES, 0.9, Score.Better.HIGHER);
        assertThat(judgedScore()).isEqualTo(before);
        Score loss = Score.validationLoss(0.1);
        Margins margins = new Margins(2, 5);

        for (double share : List.of(0.95, 0.86)) {
            Score after = new Score(CLASSES, share, Score.Better.HIGHER);
            assertThat(
                            PromotionGate.decide(
                                            List.of(loss, after), List.of(loss, before), margins)
                                    .promote())
                    .isTrue();
        }
        Score after = new Score(CLASSES, 0.85, Score.Better.HIGHER);
        PromotionGate.Verdict verdict =
                PromotionGate.decide(List.of(loss, after), List.of(loss, before), margins);
        assertThat(verdict.promote()).isFalse();
        assertThat(verdict.findings().get(0)).startsWith(CLASSES + " 0.8500 is worse than");
    }

    private static Score judgedScore() {
        return pair(2, 32, 0.9).scores().stream()
                .filter(score -> score.name().equals(CLASSES))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> judged(int prompts, double known) {
        return pair(2, prompts, known).scores().stream().map(Score::name).toList();
    }

    private static List<String> names(int reference) {
        return pair(reference, 0, 0).scores().stream().map(Score::name).toList();
    }

    private static TuningEvaluation.Pair pair(int reference, int judged, double known) {
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
                                                Measure.CLASS_AGREEMENT,
                                                0.9,
                                                Measure.COLOUR_AGREEMENT,
                                                1.0,
                                                Measure.DIVERSITY,
                                                9.0,
                                                Measure.DIVERSITY_CLIP,
                                                9.0))),
                        Map.of(Measure.CLASS_AGREEMENT, known),
                        List.of(),
                        Optional.empty());
        EvaluatedCheckpoint evaluated = new EvaluatedCheckpoint(report, new ReportPage(report));
        TuningEvaluation.Pair pair =
                new TuningEvaluation.Pair(evaluated, evaluated, 2, reference, judged);
        assertThat(pair.parentScores()).isEqualTo(pair.scores());
        return pair;
    }
}
