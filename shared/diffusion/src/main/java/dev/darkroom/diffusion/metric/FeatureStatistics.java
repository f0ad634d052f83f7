package dev.darkroom.diffusion.metric;

import java.util.Arrays;

/**
 * Mean and covariance of feature vectors that come one after the other, in double.
 *
 * <p>Rows are gathered into blocks; each block is centred by its own mean and joined with what was
 * there by the pairwise update of Chan, Golub and LeVeque (1979), so that no difference of large
 * sums is ever taken, whatever the mean is. Only one half of the symmetric matrix is kept. Not safe
 * for several threads; one each and {@link #merge} at the end.
 */
public final class FeatureStatistics {
    private static final int BLOCK = 64;

    private final int dimensions;
    private final double[][] block;
    private int waiting;
    private long count;
    private final double[] mean;

    /** Row i holds columns i..D-1 of the sum of centred products. */
    private final double[][] products;

    public FeatureStatistics(int dimensions) {
        if (dimensions < 1) {
            throw new IllegalArgumentException("dimensions is " + dimensions + ", must be 1..");
        }
        this.dimensions = dimensions;
        this.block = new double[BLOCK][dimensions];
        this.mean = new double[dimensions];
        this.products = new double[dimensions][];
        for (int i = 0; i < dimensions; i++) {
            products[i] = new double[dimensions - i];
        }
    }

    /**
     * @param rows [N, D], row-major
     * @throws IllegalArgumentException where it is not whole rows, or a value is not finite
     */
    public void add(float[] rows) {
        if (rows.length % dimensions != 0) {
            throw new IllegalArgumentException(
                    rows.length + " values are no rows of " + dimensions);
        }
        for (int from = 0; from < rows.length; from += dimensions) {
            double[] target = block[waiting];
            for (int i = 0; i < dimensions; i++) {
                float value = rows[from + i];
                if (!Float.isFinite(value)) {
                    throw new IllegalArgumentException("feature " + i + " is " + value);
                }
                target[i] = value;
            }
            if (++waiting == BLOCK) {
                fold();
            }
        }
    }

    /** As if every row that the other has seen had been added here; the other is not changed. */
    public void merge(FeatureStatistics other) {
        if (other.dimensions != dimensions) {
            throw new IllegalArgumentException(
                    other.dimensions + " dimensions do not go with " + dimensions);
        }
        other.fold();
        fold();
        join(other.count, other.mean, other.products);
    }

    public int dimensions() {
        return dimensions;
    }

    /** Rows seen. */
    public long count() {
        return count + waiting;
    }

    /** [D]. */
    public double[] mean() {
        fold();
        return mean.clone();
    }

    /**
     * [D, D], divided by N - 1 as {@code numpy.cov} does.
     *
     * @throws IllegalStateException with fewer than two rows
     */
    public double[][] covariance() {
        fold();
        if (count < 2) {
            throw new IllegalStateException("a covariance needs two rows, there are " + count);
        }
        double[][] covariance = new double[dimensions][dimensions];
        for (int i = 0; i < dimensions; i++) {
            for (int j = i; j < dimensions; j++) {
                double value = products[i][j - i] / (count - 1);
                covariance[i][j] = value;
                covariance[j][i] = value;
            }
        }
        return covariance;
    }

    private void fold() {
        if (waiting == 0) {
            return;
        }
        double[] blockMean = new double[dimensions];
        for (int row = 0; row < waiting; row++) {
            for (int i = 0; i < dimensions; i++) {
                blockMean[i] += block[row][i] / waiting;
            }
        }
        for (int row = 0; row < waiting; row++) {
            for (int i = 0; i < dimensions; i++) {
                block[row][i] -= blockMean[i];
            }
        }
        for (int i = 0; i < dimensions; i++) {
            double[] target = products[i];
            for (int row = 0; row < waiting; row++) {
                double[] values = block[row];
                double factor = values[i];
                for (int j = 0; j < target.length; j++) {
                    target[j] += factor * values[i + j];
                }
            }
        }
        int rows = waiting;
        waiting = 0;
        join(rows, blockMean, new double[0][]);
    }

    /**
     * @param otherProducts empty where they have been added already
     */
    private void join(long otherCount, double[] otherMean, double[][] otherProducts) {
        if (otherCount == 0) {
            return;
        }
        double[] difference = new double[dimensions];
        Arrays.setAll(difference, i -> otherMean[i] - mean[i]);
        double total = (double) count + otherCount;
        double weight = count / total * otherCount;
        for (int i = 0; i < dimensions; i++) {
            double[] target = products[i];
            double factor = weight * difference[i];
            for (int j = 0; j < target.length; j++) {
                target[j] += factor * difference[i + j];
            }
            if (otherProducts.length > 0) {
                for (int j = 0; j < target.length; j++) {
                    target[j] += otherProducts[i][j];
                }
            }
            mean[i] += difference[i] * (otherCount / total);
        }
        count += otherCount;
    }
}
