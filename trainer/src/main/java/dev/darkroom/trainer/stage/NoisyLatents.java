package dev.darkroom.trainer.stage;

import dev.darkroom.diffusion.noise.TorchGenerator;
import dev.darkroom.diffusion.schedule.NoiseTable;
import dev.darkroom.diffusion.schedule.PredictionType;
import dev.darkroom.trainer.data.KeyedRandom;

/**
 * One batch of the question that a UNet learns to answer: latents with noise mixed in, how much,
 * and what is to be predicted. A function of its keys.
 *
 * <p>Timesteps are drawn one from each of N equal parts of the schedule: every batch sees all
 * amounts of noise, so its loss varies less (Kingma et al. 2021, arXiv:2107.00630, appendix I).
 */
final class NoisyLatents {
    private final int[] timesteps;
    private final float[] noisy;
    private final float[] target;
    private final float[] weights;

    /**
     * @param clean [N, h, w, C]
     * @param snrGamma of {@link UnetSettings}
     * @param keys seed and batch
     */
    NoisyLatents(
            float[] clean,
            int count,
            NoiseTable table,
            PredictionType prediction,
            double snrGamma,
            long... keys) {
        KeyedRandom random = new KeyedRandom(keys);
        float[] noise = new TorchGenerator(random.nextLong()).randn(clean.length);
        timesteps = timesteps(count, table.size(), random);
        noisy = new float[clean.length];
        target = new float[clean.length];
        weights = new float[count];
        int each = clean.length / count;
        for (int n = 0; n < count; n++) {
            double kept = table.alphaCumprod(timesteps[n]);
            float alpha = (float) Math.sqrt(kept);
            float sigma = (float) Math.sqrt(1 - kept);
            weights[n] = (float) weight(prediction, kept / (1 - kept), snrGamma);
            for (int i = n * each; i < (n + 1) * each; i++) {
                noisy[i] = alpha * clean[i] + sigma * noise[i];
                target[i] =
                        switch (prediction) {
                            case EPSILON -> noise[i];
                            case V_PREDICTION -> alpha * noise[i] - sigma * clean[i];
                            case SAMPLE -> clean[i];
                        };
            }
        }
    }

    /** The parts are dealt in a drawn order: the batch's order says nothing of the noise. */
    private static int[] timesteps(int count, int size, KeyedRandom random) {
        int[] drawn = new int[count];
        for (int n = 0; n < count; n++) {
            drawn[n] = (int) ((n + random.nextDouble()) / count * size);
        }
        for (int n = count - 1; n > 0; n--) {
            int other = random.nextInt(n + 1);
            int moved = drawn[n];
            drawn[n] = drawn[other];
            drawn[other] = moved;
        }
        return drawn;
    }

    /**
     * Min-SNR: the error in the clean latents, at most {@code gamma} times, put as a weight of what
     * is predicted.
     */
    private static double weight(PredictionType prediction, double snr, double gamma) {
        if (gamma == 0) {
            return 1;
        }
        double capped = Math.min(snr, gamma);
        return switch (prediction) {
            case EPSILON -> capped / snr;
            case V_PREDICTION -> capped / (snr + 1);
            case SAMPLE -> capped;
        };
    }

    float[] timesteps() {
        float[] values = new float[timesteps.length];
        for (int n = 0; n < values.length; n++) {
            values[n] = timesteps[n];
        }
        return values;
    }

    float[] noisy() {
        return noisy;
    }

    float[] target() {
        return target;
    }

    float[] weights() {
        return weights;
    }

    /**
     * Mean squared error of the noise that follows from a prediction: comparable whatever a network
     * predicts.
     *
     * @param predicted of {@link #target}'s shape
     */
    double epsilonError(float[] predicted, NoiseTable table, PredictionType prediction) {
        int each = predicted.length / timesteps.length;
        double sum = 0;
        for (int n = 0; n < timesteps.length; n++) {
            double kept = table.alphaCumprod(timesteps[n]);
            // What an error of the prediction is as an error of the noise.
            double factor =
                    switch (prediction) {
                        case EPSILON -> 1;
                        case V_PREDICTION -> Math.sqrt(kept);
                        case SAMPLE -> Math.sqrt(kept / (1 - kept));
                    };
            for (int i = n * each; i < (n + 1) * each; i++) {
                double error = factor * (predicted[i] - target[i]);
                sum += error * error;
            }
        }
        return sum / predicted.length;
    }
}
