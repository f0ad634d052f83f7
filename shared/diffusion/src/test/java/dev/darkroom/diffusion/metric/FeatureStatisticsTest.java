package dev.darkroom.diffusion.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FeatureStatisticsTest {
    /** {@code mean(0)} and {@code numpy.cov(rowvar=False)} of NumPy 2.4.6. */
    @Test
    void agreesWithNumpy() {
        FeatureStatistics statistics = new FeatureStatistics(3);
        statistics.add(Features.of(6, 3, 1));

        assertThat(statistics.mean())
                .containsExactly(
                        new double[] {0.39651409288247425, 0.5110042045513788, 0.33935274680455524},
                        within(1e-7));
        double[][] covariance = statistics.covariance();
        assertThat(covariance[0])
                .containsExactly(
                        new double[] {0.688339395502847, -0.15106978299066876, 0.07621030425844909},
                        within(1e-7));
        assertThat(covariance[1][1]).isCloseTo(0.6191023659936933, within(1e-7));
        assertThat(covariance[2][1]).isCloseTo(-0.1390917846115349, within(1e-7));
        assertThat(covariance[1][2]).isEqualTo(covariance[2][1]);
        assertThat(statistics.count()).isEqualTo(6);
    }

    @Test
    void isTheSameInOnePartOrInMany() {
        float[] rows = Features.of(1000, 5, 2);
        FeatureStatistics whole = new FeatureStatistics(5);
        whole.add(rows);
        FeatureStatistics merged = new FeatureStatistics(5);
        for (int[] part : new int[][] {{0, 0}, {0, 1}, {1, 64}, {64, 500}, {500, 1000}}) {
            FeatureStatistics one = new FeatureStatistics(5);
            one.add(Arrays.copyOfRange(rows, part[0] * 5, part[1] * 5));
            merged.merge(one);
        }

        assertThat(merged.count()).isEqualTo(1000);
        assertThat(merged.mean()).containsExactly(whole.mean(), within(1e-13));
        for (int i = 0; i < 5; i++) {
            assertThat(merged.covariance()[i])
                    .containsExactly(whole.covariance()[i], within(1e-13));
        }
    }

    @Test
    void losesNothingToALargeMean() {
        FeatureStatistics statistics = new FeatureStatistics(1);
        // 2^23 + 0, 1, 2, ...: sums of squares would need 2^46 x 1000 to the last bit.
        for (int i = 0; i < 1000; i++) {
            statistics.add(new float[] {(1 << 23) + i});
        }

        assertThat(statistics.covariance()[0][0]).isCloseTo(1000 * 1001 / 12.0, within(1e-6));
    }

    @Test
    void goesOnAfterAResultWasTaken() {
        FeatureStatistics statistics = new FeatureStatistics(1);
        statistics.add(new float[] {1, 2});
        assertThat(statistics.mean()).containsExactly(1.5);
        statistics.add(new float[] {6});

        assertThat(statistics.mean()[0]).isCloseTo(3, within(1e-14));
        assertThat(statistics.covariance()[0][0]).isCloseTo(7, within(1e-13));
    }

    @Test
    void refusesWhatIsNoFeature() {
        FeatureStatistics statistics = new FeatureStatistics(2);

        assertThatThrownBy(() -> statistics.add(new float[] {1, 2, 3}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> statistics.add(new float[] {1, Float.NaN}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(statistics.count()).isZero();
    }
}
