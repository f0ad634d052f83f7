package dev.darkroom.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.training.Margins;
import dev.darkroom.contract.training.Score;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromotionGateTest {
    private static final Margins MARGINS = new Margins(2, 5);

    private static Score agreement(double value) {
        return new Score("class agreement", value, Score.Better.HIGHER);
    }

    private static Score distance(double value) {
        return new Score("Frechet distance", value, Score.Better.LOWER);
    }

    private static PromotionGate.Verdict decide(List<Score> child, List<Score> parent) {
        return PromotionGate.decide(child, parent, MARGINS);
    }

    @ParameterizedTest
    @CsvSource({
        "0.1400, 0.1400, true",
        "0.1300, 0.1400, true",
        "0.1427, 0.1400, true",
        "0.1429, 0.1400, false",
        "0.1500, 0.1401, false",
        "0.0001, 0.0000, false",
        "0.0000, 0.0000, true",
    })
    void validationLossMayRiseByItsMargin(double child, double parent, boolean promotes) {
        assertThat(
                        decide(
                                        List.of(Score.validationLoss(child)),
                                        List.of(Score.validationLoss(parent)))
                                .promote())
                .isEqualTo(promotes);
    }

    @ParameterizedTest
    @CsvSource({"0.95, 0.90, true", "0.86, 0.90, true", "0.85, 0.90, false"})
    void whatIsBetterHigherMayFallByItsMargin(double child, double parent, boolean promotes) {
        assertThat(
                        decide(
                                        List.of(Score.validationLoss(1), agreement(child)),
                                        List.of(Score.validationLoss(1), agreement(parent)))
                                .promote())
                .isEqualTo(promotes);
    }

    @Test
    void saysWhatAPersonUnderstands() {
        PromotionGate.Verdict verdict =
                decide(
                        List.of(distance(4.2), Score.validationLoss(0.15)),
                        List.of(distance(4.4), Score.validationLoss(0.1401)));

        assertThat(verdict.promote()).isFalse();
        assertThat(verdict.findings())
                .containsExactly(
                        "validation loss 0.1500 is worse than the parent's 0.1401 by 7.1 %, more"
                                + " than the margin of 2 %",
                        "Frechet distance 4.2000 is better than the parent's 4.4000 by 4.5 %");
    }

    @Test
    void whatOneSideLacksIsSaidAndKeepsItFromServing() {
        PromotionGate.Verdict lacksOne =
                decide(
                        List.of(Score.validationLoss(1)),
                        List.of(Score.validationLoss(1), agreement(0.9)));
        assertThat(lacksOne.promote()).isFalse();
        assertThat(lacksOne.findings().get(0))
                .isEqualTo(
                        "class agreement was measured of the parent (0.9000) but not of this"
                                + " version");

        PromotionGate.Verdict parentLacks =
                decide(
                        List.of(Score.validationLoss(1), agreement(0.9)),
                        List.of(Score.validationLoss(1)));
        assertThat(parentLacks.promote()).isFalse();
        assertThat(parentLacks.findings().get(0)).contains("not measured of the parent");
    }

    @Test
    void nothingMeasuredIsNoPass() {
        assertThat(decide(List.of(), List.of()))
                .isEqualTo(
                        new PromotionGate.Verdict(
                                false, List.of("validation loss was not measured")));
        assertThat(decide(List.of(agreement(1)), List.of(agreement(1))).promote()).isFalse();
    }

    @Test
    void scoresOfOppositeDirectionsAreNotCompared() {
        assertThat(
                        decide(
                                        List.of(
                                                Score.validationLoss(1),
                                                new Score("x", 1, Score.Better.LOWER)),
                                        List.of(
                                                Score.validationLoss(1),
                                                new Score("x", 1, Score.Better.HIGHER)))
                                .promote())
                .isFalse();
    }
}
