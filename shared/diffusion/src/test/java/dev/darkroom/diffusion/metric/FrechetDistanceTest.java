package dev.darkroom.diffusion.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrechetDistanceTest {
    /** NumPy 2.4.6 (eigh of S1, then eigvalsh of its root S2 root) on the same formula. */
    @ParameterizedTest
    @CsvSource({
        "40, 50, 3, 0.007265324832",
        "200, 300, 8, 0.318194757344",
        "500, 400, 64, 0.414454500037",
        "20, 90, 64, 32.256688658042",
        "20, 30, 64, 24.021297982454"
    })
    void agreesWithNumpyAlsoWhereCovariancesAreSingular(
            int rowsA, int rowsB, int dimensions, double expected) {
        FeatureStatistics a = statistics(Features.of(rowsA, dimensions, 1), dimensions);
        FeatureStatistics b = statistics(Features.of(rowsB, dimensions, 2), dimensions);

        // The formula's float32 features may differ in the last bit between the two sines.
        assertThat(FrechetDistance.between(a, b)).isCloseTo(expected, within(1e-5));
        assertThat(FrechetDistance.between(b, a)).isCloseTo(expected, within(1e-5));
    }

    @Test
    void isNoneBetweenASampleAndItself() {
        FeatureStatistics a = statistics(Features.of(30, 64, 3), 64);

        assertThat(FrechetDistance.between(a, a)).isCloseTo(0, within(1e-5));
    }

    @Test
    void isTheSquareOfTheDistanceWhereOnlyTheMeansDiffer() {
        float[] rows = Features.of(100, 16, 1);
        float[] moved = rows.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += 3;
        }

        assertThat(FrechetDistance.between(statistics(rows, 16), statistics(moved, 16)))
                .isCloseTo(9 * 16, within(1e-3));
    }

    @Test
    void isThatOfTheAxesWhereTheyAreIndependent() {
        // Columns +-1 in every combination: covariances are diagonal; by hand.
        float[] a = {1, 2, 1, -2, -1, 2, -1, -2};
        float[] b = {3, 1, 3, -1, -3, 1, -3, -1};
        double variance = 4 / 3.0;

        assertThat(FrechetDistance.between(statistics(a, 2), statistics(b, 2)))
                .isCloseTo(variance * (4 + 1), within(1e-12));
    }

    @Test
    void takesAFeatureThatNeverChanges() {
        float[] rows = Features.of(50, 4, 1);
        float[] others = Features.of(50, 4, 2);
        for (int row = 0; row < 50; row++) {
            rows[row * 4] = 0;
            others[row * 4] = 2;
        }
        double without =
                FrechetDistance.between(
                        statistics(lastThree(rows), 3), statistics(lastThree(others), 3));

        assertThat(FrechetDistance.between(statistics(rows, 4), statistics(others, 4)))
                .isCloseTo(without + 4, within(1e-9));
    }

    @Test
    void handlesAsManyFeaturesAsInceptionHas() {
        FeatureStatistics a = statistics(Features.of(100, 2048, 1), 2048);
        FeatureStatistics b = statistics(Features.of(120, 2048, 2), 2048);

        assertThat(FrechetDistance.between(a, b)).isPositive().isFinite();
    }

    @Test
    void refusesWhatCannotBeCompared() {
        FeatureStatistics one = statistics(new float[] {1, 2}, 2);
        FeatureStatistics two = statistics(new float[] {1, 2, 3, 4}, 2);
        FeatureStatistics wide = statistics(new float[] {1, 2, 3, 4, 5, 6}, 3);

        assertThatThrownBy(() -> FrechetDistance.between(two, wide))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FrechetDistance.between(one, two))
                .isInstanceOf(IllegalStateException.class);
    }

    private static float[] lastThree(float[] rows) {
        float[] rest = new float[rows.length / 4 * 3];
        for (int i = 0; i < rest.length; i++) {
            rest[i] = rows[i / 3 * 4 + 1 + i % 3];
        }
        return rest;
    }

    private static FeatureStatistics statistics(float[] rows, int dimensions) {
        FeatureStatistics statistics = new FeatureStatistics(dimensions);
        for (int from = 0; from < rows.length; from += dimensions) {
            statistics.add(Arrays.copyOfRange(rows, from, from + dimensions));
        }
        return statistics;
    }
}
