package dev.darkroom.diffusion.pipeline;

import dev.darkroom.diffusion.sampler.Latents;
import java.util.List;

/** The VAE's decoder as a function. */
@FunctionalInterface
public interface LatentDecoder {
    /**
     * @param latents [N, H/f, W/f, C], scaled
     * @return one picture per row
     */
    List<RgbImage> decode(Latents latents);
}
