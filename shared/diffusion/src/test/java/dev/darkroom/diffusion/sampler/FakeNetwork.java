package dev.darkroom.diffusion.sampler;

import dev.darkroom.diffusion.schedule.PredictionType;
import java.util.ArrayList;
import java.util.List;

/** The fake model of the scheduler goldens, as a denoiser that remembers what it was asked. */
final class FakeNetwork implements Denoiser {
    private final PredictionType type;
    private final float[] phase;
    final List<Float> timesteps = new ArrayList<>();
    final List<float[]> inputs = new ArrayList<>();

    /**
     * @param phase one value per value of the latents
     */
    FakeNetwork(PredictionType type, float[] phase) {
        this.type = type;
        this.phase = phase;
    }

    @Override
    public Latents denoise(Latents latents, NoiseLevel level) {
        float timestep = (float) level.timestep();
        timesteps.add(timestep);
        inputs.add(latents.values().clone());
        float[] clean = new float[latents.values().length];
        for (int i = 0; i < clean.length; i++) {
            double noisy = latents.values()[i];
            float prediction = (float) predict(noisy, timestep, phase[i]);
            clean[i] = (float) type.clean(noisy, prediction, level.alpha(), level.sigma());
        }
        return latents.with(clean);
    }

    private double predict(double x, double timestep, double shift) {
        return switch (type) {
            case V_PREDICTION -> 0.8 * Math.sin(1.1 * x + 0.002 * timestep + shift) + 0.15 * x;
            case SAMPLE -> 0.7 * Math.tanh(x) + 0.2 * Math.sin(0.002 * timestep + shift);
            case EPSILON -> {
                double c = Math.sqrt((timestep + 1) / 1000);
                yield c * x + 0.3 * (1 - c) * Math.sin(3 * x + 0.002 * timestep + shift);
            }
        };
    }
}
