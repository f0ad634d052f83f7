package dev.darkroom.diffusion.sampler;

/** Predicts what latents would be without their noise. */
@FunctionalInterface
public interface Denoiser {
    /**
     * @param latents variance preserving, [N, H/f, W/f, C]
     * @param level the same for every row
     * @return the predicted clean latents x0, of the same shape
     */
    Latents denoise(Latents latents, NoiseLevel level);
}
