package dev.darkroom.trainer.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.diffusion.schedule.NoiseTable;
import dev.darkroom.diffusion.schedule.PredictionType;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/**
 * A schedule of four timesteps whose betas are 0.1, 0.2, 0.3 and 0.4, so that by hand (Ho et al.
 * 2020, arXiv:2006.11239, section 2) the products of 1 - beta are 0.9, 0.72, 0.504 and 0.3024, and
 * the signal-to-noise ratios, product / (1 - product), 9, 2.5714286, 1.0161290 and 0.4334862.
 */
class NoisyLatentsTest {
    private static final double[] PRODUCTS = {0.9, 0.72, 0.504, 0.3024};
    private static final NoiseTable TABLE =
            SchedulerConfiguration.of(
                            Map.of(
                                    "num_train_timesteps",
                                    4,
                                    "beta_schedule",
                                    "linear",
                                    "beta_start",
                                    0.1,
                                    "beta_end",
                                    0.4))
                    .ddim()
                    .table();
    private static final int PICTURES = 4;
    private static final int EACH = 500;
    private static final Offset<Float> NEAR = within(1e-5f);

    private static float[] clean() {
        float[] clean = new float[PICTURES * EACH];
        for (int i = 0; i < clean.length; i++) {
            clean[i] = (float) Math.sin(i);
        }
        return clean;
    }

    private static NoisyLatents batch(PredictionType prediction, double gamma) {
        return new NoisyLatents(clean(), PICTURES, TABLE, prediction, gamma, 3, 7);
    }

    @Test
    void mixesNoiseInAsTheForwardProcessDoes() {
        NoisyLatents batch = batch(PredictionType.EPSILON, 0);

        float[] noise = batch.target();
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < noise.length; i++) {
            double product = PRODUCTS[(int) batch.timesteps()[i / EACH]];
            // Ho et al. 2020, equation 4: x_t = sqrt(product) x_0 + sqrt(1 - product) epsilon.
            assertThat(batch.noisy()[i])
                    .isCloseTo(
                            (float)
                                    (Math.sqrt(product) * clean()[i]
                                            + Math.sqrt(1 - product) * noise[i]),
                            NEAR);
            sum += noise[i];
            squares += noise[i] * noise[i];
        }
        // Standard normal: of 2,000 numbers the mean is within 5 / sqrt(2000).
        assertThat(sum / noise.length).isCloseTo(0, within(0.12));
        assertThat(squares / noise.length).isCloseTo(1, within(0.16));
    }

    @Test
    void drawsOneTimestepOfEachPart() {
        assertThat(batch(PredictionType.EPSILON, 0).timesteps())
                .containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @Test
    void asksForVelocityOrTheCleanLatentsOfTheSameNoise() {
        NoisyLatents epsilon = batch(PredictionType.EPSILON, 0);
        NoisyLatents velocity = batch(PredictionType.V_PREDICTION, 0);
        NoisyLatents sample = batch(PredictionType.SAMPLE, 0);

        assertThat(velocity.noisy()).isEqualTo(epsilon.noisy());
        assertThat(sample.noisy()).isEqualTo(epsilon.noisy());
        assertThat(sample.target()).isEqualTo(clean());
        for (int i = 0; i < PICTURES * EACH; i++) {
            double product = PRODUCTS[(int) velocity.timesteps()[i / EACH]];
            // Salimans and Ho 2022, arXiv:2202.00512, section 4: v = alpha epsilon - sigma x.
            assertThat(velocity.target()[i])
                    .isCloseTo(
                            (float)
                                    (Math.sqrt(product) * epsilon.target()[i]
                                            - Math.sqrt(1 - product) * clean()[i]),
                            NEAR);
        }
    }

    /**
     * Hang et al. 2023, arXiv:2303.09556, section 3.4: min(SNR, gamma) of the error in the clean
     * latents, that divided by SNR for the noise and by SNR + 1 for v. With gamma 2.
     */
    @Test
    void weighsByMinSnr() {
        assertWeights(PredictionType.EPSILON, 2 / 9.0, 0.7777778, 1, 1);
        assertWeights(PredictionType.V_PREDICTION, 0.2, 0.56, 0.504, 0.3024);
        assertWeights(PredictionType.SAMPLE, 2, 2, 1.0161290, 0.4334862);
        for (PredictionType prediction : PredictionType.values()) {
            assertThat(batch(prediction, 0).weights()).containsOnly(1);
        }
    }

    private static void assertWeights(PredictionType prediction, double... byTimestep) {
        NoisyLatents batch = batch(prediction, 2);
        for (int n = 0; n < PICTURES; n++) {
            assertThat(batch.weights()[n])
                    .as("%s at %s", prediction, batch.timesteps()[n])
                    .isCloseTo((float) byTimestep[(int) batch.timesteps()[n]], NEAR);
        }
    }

    /**
     * A prediction that is wrong by 0.5 everywhere. The noise that follows from v is alpha v +
     * sigma x_t, so its error is alpha times that of v; from clean latents (x_t - alpha x) / sigma,
     * so alpha / sigma times. Squared and averaged over the four timesteps: 0.25 times the mean of
     * 1, of the products (0.6066), of the signal-to-noise ratios (3.2552609).
     */
    @Test
    void measuresTheErrorOfTheNoiseWhateverIsPredicted() {
        assertThat(errorOfNoise(PredictionType.EPSILON)).isCloseTo(0.25, within(1e-5));
        assertThat(errorOfNoise(PredictionType.V_PREDICTION)).isCloseTo(0.15165, within(1e-5));
        assertThat(errorOfNoise(PredictionType.SAMPLE)).isCloseTo(0.8138152, within(1e-5));
    }

    private static double errorOfNoise(PredictionType prediction) {
        NoisyLatents batch = batch(prediction, 0);
        float[] predicted = batch.target().clone();
        for (int i = 0; i < predicted.length; i++) {
            predicted[i] += i % 2 == 0 ? 0.5f : -0.5f;
        }
        return batch.epsilonError(predicted, TABLE, prediction);
    }
}
