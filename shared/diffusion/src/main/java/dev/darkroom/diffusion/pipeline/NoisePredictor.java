package dev.darkroom.diffusion.pipeline;

import dev.darkroom.diffusion.sampler.Latents;

/** The UNet as a function: a batch of rows, each with its own timestep and text. */
@FunctionalInterface
public interface NoisePredictor {
    /**
     * @param latents [N, H/f, W/f, C], variance preserving
     * @param timesteps one per row
     * @param text one embedding per row
     * @return the network's raw prediction (epsilon, v or sample), of the latents' shape
     */
    Latents predict(Latents latents, float[] timesteps, TextEmbedding text);
}
