package dev.darkroom.diffusion.sampler;

/** Told after every step; may throw to stop the job. */
@FunctionalInterface
public interface StepListener {
    /**
     * @param step steps done, from 1
     * @param steps steps in all
     * @param clean the clean latents x0 that the denoiser predicted in this step, what the picture
     *     would be if it ended here; nobody changes them
     */
    void stepped(int step, int steps, Latents clean);

    static StepListener none() {
        return (step, steps, clean) -> {};
    }
}
