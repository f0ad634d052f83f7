package dev.darkroom.diffusion.sampler;

import dev.darkroom.diffusion.schedule.SchedulerConfiguration;

/** To be written. */
public record DpmSolverSampler() implements Sampler {
    @Override
    public Latents sample(
            Denoiser denoiser,
            Latents noise,
            SchedulerConfiguration configuration,
            int steps,
            StepListener listener) {
        throw new UnsupportedOperationException();
    }
}
