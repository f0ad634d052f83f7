package dev.darkroom.diffusion.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EmbeddingsTest {
    /** 100 x y / (|x| |y|) of NumPy 2.4.6. */
    @Test
    void scoresTheAngleAndNotTheLength() {
        float[] x = {1, 2, 3.5f};

        assertThat(Embeddings.clipScore(x, new float[] {-0.5f, 2, 1}))
                .isCloseTo(73.55697124898273, within(1e-12));
        assertThat(Embeddings.clipScore(x, new float[] {-5, 20, 10}))
                .isCloseTo(73.55697124898273, within(1e-12));
        assertThat(Embeddings.clipScore(x, x)).isCloseTo(100, within(1e-12));
        assertThat(Embeddings.clipScore(x, new float[] {-1, -2, -3.5f})).isZero();
        assertThatThrownBy(() -> Embeddings.clipScore(x, new float[3]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Embeddings.clipScore(x, new float[] {1}))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Mean over both prompts of the mean of SciPy 1.17.1's {@code pdist}. */
    @Test
    void measuresDiversityPerPromptFirst() {
        List<List<float[]>> prompts =
                List.of(rows(Features.of(4, 5, 1), 5), rows(Features.of(3, 5, 2), 5));

        assertThat(Embeddings.diversity(prompts)).isCloseTo(2.3273259538829203, within(1e-6));
        assertThat(Embeddings.diversity(List.of(List.of(new float[] {1}, new float[] {1}))))
                .isZero();
        assertThatThrownBy(() -> Embeddings.diversity(List.of(List.of(new float[] {1}))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Interval: {@code scipy.stats.binomtest(43, 50).proportion_ci(method="wilson")}. */
    @Test
    void countsAgreementWithItsInterval() {
        assertThat(Agreement.of(new int[] {1, 2, 3, 4}, new int[] {1, 2, 0, 4}))
                .isEqualTo(new Agreement(3, 4));
        Agreement agreement = new Agreement(43, 50);
        assertThat(agreement.share()).isEqualTo(0.86);
        assertThat(agreement.lowest()).isCloseTo(0.7381380628941446, within(1e-12));
        assertThat(agreement.highest()).isCloseTo(0.9304916657298371, within(1e-12));
    }

    private static List<float[]> rows(float[] values, int width) {
        List<float[]> rows = new ArrayList<>();
        for (int from = 0; from < values.length; from += width) {
            rows.add(Arrays.copyOfRange(values, from, from + width));
        }
        return rows;
    }
}
