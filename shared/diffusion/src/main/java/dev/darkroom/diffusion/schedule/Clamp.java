package dev.darkroom.diffusion.schedule;

import java.util.Arrays;

/** What a sampler does to predicted clean latents before it uses them. */
public sealed interface Clamp {
    /**
     * @param values rows of predicted clean latents; left as they are
     * @param rowLength values per picture
     */
    float[] apply(float[] values, int rowLength);

    /** Nothing. */
    record None() implements Clamp {
        @Override
        public float[] apply(float[] values, int rowLength) {
            return values;
        }
    }

    /** Cuts every value to -range..range. */
    record Range(double range) implements Clamp {
        @Override
        public float[] apply(float[] values, int rowLength) {
            float[] cut = new float[values.length];
            for (int i = 0; i < cut.length; i++) {
                cut[i] = (float) Math.max(-range, Math.min(range, values[i]));
            }
            return cut;
        }
    }

    /**
     * Dynamic thresholding (Saharia et al. 2022, arXiv:2205.11487, section 2.3): cuts a picture's
     * values at a quantile of their sizes, and scales by it.
     *
     * @param ratio the quantile, 0..1
     * @param maximum the threshold is from 1 to this
     */
    record Threshold(double ratio, double maximum) implements Clamp {
        @Override
        public float[] apply(float[] values, int rowLength) {
            float[] cut = new float[values.length];
            float[] sizes = new float[rowLength];
            for (int row = 0; row < values.length; row += rowLength) {
                for (int i = 0; i < rowLength; i++) {
                    sizes[i] = Math.abs(values[row + i]);
                }
                Arrays.sort(sizes);
                double limit = Math.min(maximum, Math.max(1, quantile(sizes)));
                for (int i = row; i < row + rowLength; i++) {
                    cut[i] = (float) (Math.max(-limit, Math.min(limit, values[i])) / limit);
                }
            }
            return cut;
        }

        private double quantile(float[] sorted) {
            double rank = ratio * (sorted.length - 1);
            int below = (int) rank;
            int above = Math.min(below + 1, sorted.length - 1);
            return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
        }
    }
}
