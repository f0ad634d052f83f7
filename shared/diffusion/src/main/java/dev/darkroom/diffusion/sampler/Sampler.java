package dev.darkroom.diffusion.sampler;

import dev.darkroom.diffusion.schedule.SchedulerConfiguration;

/** Walks from pure noise to clean latents. Immutable: all state of a walk is in its locals. */
public sealed interface Sampler permits DdimSampler, EulerSampler, DpmSolverSampler {
    /**
     * Passes a number of steps that this sampler can take with a model.
     *
     * @throws IllegalArgumentException saying why it cannot; {@link #sample} throws the same
     */
    void requireSteps(SchedulerConfiguration configuration, int steps);

    /**
     * @param noise standard normal, [N, H/f, W/f, C]
     * @param configuration the checkpoint's; options that it leaves out take the default of the
     *     diffusers class of this sampler
     * @param steps number of steps asked for
     * @return latents for the decoder
     */
    Latents sample(
            Denoiser denoiser,
            Latents noise,
            SchedulerConfiguration configuration,
            int steps,
            StepListener listener);
}
