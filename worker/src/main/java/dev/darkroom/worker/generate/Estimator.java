package dev.darkroom.worker.generate;

import dev.darkroom.diffusion.pipeline.LatentColours;
import dev.darkroom.diffusion.pipeline.LatentDecoder;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.diffusion.sampler.Latents;
import java.util.List;
import java.util.Optional;

/**
 * What one job's pictures are like so far, at about no cost. Its weights are fitted to the job's
 * own latents, again each time that twice as many steps are done: by then they have moved on.
 */
final class Estimator {
    private final LatentDecoder decoder;
    private Optional<LatentColours> colours = Optional.empty();
    private int fittedAt;

    /**
     * @param decoder asked for a few small pictures where weights are fitted
     */
    Estimator(LatentDecoder decoder) {
        this.decoder = decoder;
    }

    /**
     * @param step of which the latents are, from 1
     * @return as small as the latents
     */
    List<RgbImage> pictures(int step, Latents clean) {
        if (step >= 2 * fittedAt) {
            colours = Optional.of(LatentColours.fit(decoder, clean));
            fittedAt = step;
        }
        return colours.orElseThrow().of(clean);
    }
}
