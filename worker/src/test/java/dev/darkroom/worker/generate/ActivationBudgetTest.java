package dev.darkroom.worker.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.worker.Jobs;
import org.junit.jupiter.api.Test;

class ActivationBudgetTest {
    private final CheckpointConfiguration sd15 = Jobs.configuration();

    @Test
    void attentionOfStableDiffusionTakesAGigabyteARow() {
        assertThat(new ActivationBudget(2048).unetRows(sd15, 64, 64)).isEqualTo(1);
        assertThat(new ActivationBudget(4096).unetRows(sd15, 64, 64)).isEqualTo(3);
    }

    @Test
    void scoresGrowWithTheSquareOfTheArea() {
        ActivationBudget budget = new ActivationBudget(16 * 1024);

        assertThat(budget.unetRows(sd15, 64, 64)).isGreaterThan(9);
        assertThat(budget.unetRows(sd15, 128, 128)).isEqualTo(1);
        assertThat(budget.unetRows(sd15, 32, 32)).isGreaterThan(100);
    }

    @Test
    void textsOfStableDiffusionTakeSomeMegabytesARow() {
        assertThat(new ActivationBudget(16).textRows(sd15)).isBetween(2, 8);
        assertThat(new ActivationBudget(2048).textRows(sd15)).isGreaterThan(64);
    }

    @Test
    void atLeastOneRowWhateverTheBudget() {
        ActivationBudget least = new ActivationBudget(1);

        assertThat(least.unetRows(sd15, 96, 96)).isEqualTo(1);
        assertThat(least.decoderRows(sd15, 96, 96)).isEqualTo(1);
        assertThat(least.textRows(sd15)).isEqualTo(1);
    }
}
