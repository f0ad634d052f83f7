package dev.darkroom.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.training.Score;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.trainer.loop.TrainingRecord;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportPageTest {
    private static final CheckpointId CHILD = id("0123456789ab");
    private static final EvaluationOptions OPTIONS =
            new EvaluationOptions(List.of(1.0, 2.5), 200, 10, 4, SamplerName.DDIM, 25, 7, 64);

    @Test
    void showsFiguresBesideTheParentsAndTheRealOnes() {
        String page = new ReportPage(report("judge-1", "judge-1")).html();

        assertThat(page)
                .contains("fashion-sd@0123456789ab", "guidance 2.5", "96.5&nbsp;%")
                .contains("(93&nbsp;%)", "0.0974")
                .contains("Frechet distance on features of a classifier trained here")
                .contains("no Inception network was supplied")
                .doesNotContain("another judge");
    }

    @Test
    void saysWhenTheParentWasJudgedByAnother() {
        assertThat(new ReportPage(report("judge-2", "judge-1")).html())
                .contains("another judge (judge-1)");
    }

    @Test
    void needsNothingButItself() {
        String page = full();

        assertThat(page).contains("data:image/png;base64,").contains("<polyline");
        assertThat(page.replace("data:image/png", ""))
                .doesNotContain("http:", "https:", "<script", "<link", "url(");
    }

    @Test
    void escapesWhateverItIsGiven() {
        String page = full();

        assertThat(page).contains("&lt;b&gt;kind&amp;&quot;").doesNotContain("<b>kind");
    }

    @Test
    void drawsALossThatIsNoNumberAsAGap() {
        assertThat(full()).doesNotContain("NaN");
    }

    @Test
    void isReadBackFromItsDocument() {
        EvaluationReport report = report("judge-1", "judge-1");

        assertThat(Json.read(Json.writePretty(report), EvaluationReport.class)).isEqualTo(report);
        assertThat(report.asParent().scores()).isEqualTo(report.scores());
        assertThat(report.score(2.5, Measure.CLASS_AGREEMENT)).contains(0.965);
        assertThat(report.score(3, Measure.CLASS_AGREEMENT)).isEmpty();
    }

    @Test
    void givesTheGateEachFigureOfOneGuidanceAndItsBetterWay() {
        EvaluationReport report = report("judge-1", "judge-1");

        assertThat(report.gateScores(2.5, measure -> true))
                .containsExactly(
                        Score.validationLoss(0.0974), distance(2.5, 4.2), agreement(2.5, 0.965));
        assertThat(report.gateScores(2.5, measure -> !measure.isDistance()))
                .containsExactly(Score.validationLoss(0.0974), agreement(2.5, 0.965));
    }

    private static Score distance(double guidance, double value) {
        return score(Measure.FRECHET_CLASSIFIER, guidance, value, Score.Better.LOWER);
    }

    private static Score agreement(double guidance, double value) {
        return score(Measure.CLASS_AGREEMENT, guidance, value, Score.Better.HIGHER);
    }

    private static Score score(
            Measure measure, double guidance, double value, Score.Better better) {
        return new Score(measure.title() + " at guidance " + Html.number(guidance), value, better);
    }

    private static String full() {
        RgbImage picture = new RgbImage(1, 1, new byte[3]);
        return new ReportPage(report("<script>", "'"))
                .record("<b>kind&\"", List.of(line(1, 3), line(2, Double.NaN), line(3, 1)))
                .samples(
                        new SampleTable(
                                "<b>kind&\"",
                                List.of("<b>kind&\""),
                                List.of(new SampleTable.Row("<b>kind&\"", List.of(picture)))))
                .html();
    }

    private static TrainingRecord.Line line(long step, double loss) {
        return new TrainingRecord.Line(step, loss, 1e-3, 64, step, Map.of());
    }

    private static EvaluationReport report(String judge, String parentJudge) {
        return new EvaluationReport(
                CHILD,
                Instant.parse("2026-01-31T12:00:00Z"),
                judge,
                OPTIONS,
                Optional.of(0.0974),
                List.of(scores(1, 8.7, 0.89), scores(2.5, 4.2, 0.965)),
                Map.of(Measure.FRECHET_CLASSIFIER, 3.1),
                List.of(
                        new EvaluationReport.NotMeasured(
                                Measure.FRECHET_INCEPTION.title(),
                                "no Inception network was supplied")),
                Optional.of(
                        new EvaluationReport.Parent(
                                id("aaaaaaaaaaaa"),
                                parentJudge,
                                Optional.of(0.1),
                                List.of(scores(2.5, 5, 0.93)))));
    }

    private static EvaluationReport.Scores scores(double guidance, double distance, double share) {
        return new EvaluationReport.Scores(
                guidance,
                Map.of(Measure.FRECHET_CLASSIFIER, distance, Measure.CLASS_AGREEMENT, share));
    }

    private static CheckpointId id(String version) {
        return new CheckpointId(new ModelName("fashion-sd"), new CheckpointVersion(version));
    }
}
