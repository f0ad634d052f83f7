package dev.darkroom.diffusion.sampler;

/** Told after every step; may throw to stop the job. */
@FunctionalInterface
public interface StepListener {
    /**
     * @param step steps done, from 1
     * @param steps steps in all
     * @param latents after the step, variance preserving
     */
    void stepped(int step, int steps, Latents latents);

    static StepListener none() {
        return (step, steps, latents) -> {};
    }
}
