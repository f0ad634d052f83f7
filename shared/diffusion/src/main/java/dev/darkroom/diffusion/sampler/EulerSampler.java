package dev.darkroom.diffusion.sampler;

import dev.darkroom.diffusion.schedule.EulerOptions;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.diffusion.schedule.SigmaLadder;

/**
 * Euler: one first-order step per sigma. Algorithm 2 of Karras et al. 2022 (arXiv:2206.00364) with
 * S_churn = 0; diffusers' EulerDiscreteScheduler.
 *
 * <p>It walks in the variance-exploding form, clean + sigma * noise, and shows the denoiser the
 * variance-preserving one, which is 1 / sqrt(sigma^2 + 1) of it.
 */
public record EulerSampler() implements Sampler {
    @Override
    public void requireSteps(SchedulerConfiguration configuration, int steps) {
        configuration.euler().ladder(steps);
    }

    @Override
    public Latents sample(
            Denoiser denoiser,
            Latents noise,
            SchedulerConfiguration configuration,
            int steps,
            StepListener listener) {
        EulerOptions options = configuration.euler();
        SigmaLadder ladder = options.ladder(steps);
        Latents exploding = noise.scaled(options.initialScale(ladder));
        for (int step = 0; step < steps; step++) {
            NoiseLevel level = NoiseLevel.ofRatio(ladder.timestep(step), ladder.sigma(step));
            double next = ladder.sigma(step + 1);
            double kept = next / ladder.sigma(step);
            float[] noisy = exploding.values();
            Latents denoised = denoiser.denoise(exploding.scaled(level.alpha()), level);
            float[] clean = denoised.values();
            float[] values = new float[noisy.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (clean[i] + kept * ((double) noisy[i] - clean[i]));
            }
            exploding = exploding.with(values);
            listener.stepped(step + 1, steps, denoised);
        }
        return exploding;
    }
}
