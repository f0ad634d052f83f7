package dev.darkroom.diffusion.pipeline;

import dev.darkroom.diffusion.sampler.Denoiser;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.diffusion.sampler.NoiseLevel;
import dev.darkroom.diffusion.schedule.PredictionType;
import java.util.Arrays;

/**
 * A network as a denoiser, with classifier-free guidance (Ho and Salimans 2022, arXiv:2207.12598)
 * on its raw prediction: unguided + scale * (guided - unguided), in float32.
 */
final class GuidedDenoiser implements Denoiser {
    private final NoisePredictor predictor;
    private final PredictionType predictionType;
    private final TextEmbedding text;
    private final boolean guided;
    private final float guidanceScale;

    /**
     * @param text one row per picture; where guided, first as many rows of the negative prompt
     */
    GuidedDenoiser(
            NoisePredictor predictor,
            PredictionType predictionType,
            TextEmbedding text,
            boolean guided,
            double guidanceScale) {
        this.predictor = predictor;
        this.predictionType = predictionType;
        this.text = text;
        this.guided = guided;
        this.guidanceScale = (float) guidanceScale;
    }

    @Override
    public Latents denoise(Latents latents, NoiseLevel level) {
        float[] timesteps = new float[text.count()];
        Arrays.fill(timesteps, (float) level.timestep());
        Latents rows = guided ? twice(latents) : latents;
        float[] predicted = predictor.predict(rows, timesteps, text).values();
        float[] noisy = latents.values();
        if (predicted.length != rows.values().length) {
            throw new IllegalStateException(
                    "the predictor returned "
                            + predicted.length
                            + " values for "
                            + rows.values().length);
        }
        float[] clean = new float[noisy.length];
        for (int i = 0; i < clean.length; i++) {
            float prediction = predicted[i];
            if (guided) {
                prediction += guidanceScale * (predicted[noisy.length + i] - prediction);
            }
            clean[i] =
                    (float)
                            predictionType.clean(
                                    noisy[i], prediction, level.alpha(), level.sigma());
        }
        return latents.with(clean);
    }

    private static Latents twice(Latents latents) {
        int length = latents.values().length;
        float[] values = Arrays.copyOf(latents.values(), 2 * length);
        System.arraycopy(values, 0, values, length, length);
        return new Latents(
                2 * latents.count(), latents.height(), latents.width(), latents.channels(), values);
    }
}
