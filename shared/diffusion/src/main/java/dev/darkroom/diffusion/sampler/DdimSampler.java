package dev.darkroom.diffusion.sampler;

import dev.darkroom.diffusion.schedule.DdimOptions;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;

/**
 * DDIM without noise: Song et al. 2021 (arXiv:2010.02502), equation 12 with sigma_t = 0. Diffusers'
 * DDIMScheduler with eta 0.
 *
 * <p>As there, the noise of a step is the network's own, also where the clean latents that it
 * implies are clamped; and a step goes down by T / steps timesteps whatever the spacing, so that
 * with other spacings than leading it need not end where the next one starts.
 */
public record DdimSampler() implements Sampler {
    @Override
    public void requireSteps(SchedulerConfiguration configuration, int steps) {
        configuration.ddim().timesteps(steps);
    }

    @Override
    public Latents sample(
            Denoiser denoiser,
            Latents noise,
            SchedulerConfiguration configuration,
            int steps,
            StepListener listener) {
        DdimOptions options = configuration.ddim();
        int[] timesteps = options.timesteps(steps);
        Latents latents = noise;
        for (int step = 0; step < steps; step++) {
            int timestep = timesteps[step];
            NoiseLevel level =
                    NoiseLevel.ofAlphaCumprod(timestep, options.table().alphaCumprod(timestep));
            NoiseLevel next =
                    NoiseLevel.ofAlphaCumprod(timestep, options.nextAlphaCumprod(timestep, steps));
            float[] noisy = latents.values();
            Latents denoised = denoiser.denoise(latents, level);
            float[] clean = denoised.values();
            float[] clamped = options.clamp().apply(clean, latents.rowLength());
            float[] values = new float[noisy.length];
            for (int i = 0; i < values.length; i++) {
                double epsilon = (noisy[i] - level.alpha() * clean[i]) / level.sigma();
                values[i] = (float) (next.alpha() * clamped[i] + next.sigma() * epsilon);
            }
            latents = latents.with(values);
            listener.stepped(step + 1, steps, denoised);
        }
        return latents;
    }
}
