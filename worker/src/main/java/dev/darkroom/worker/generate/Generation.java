package dev.darkroom.worker.generate;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.List;

/**
 * The pictures of one job and the seconds that each stage took.
 *
 * @param pictures of seed, seed + 1, ...
 */
public record Generation(
        List<RgbImage> pictures, double textEncoder, double denoiser, double decoder) {
    public Generation {
        pictures = List.copyOf(pictures);
    }
}
