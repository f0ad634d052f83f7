package dev.darkroom.diffusion.pipeline;

import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.diffusion.sampler.Sampler;
import dev.darkroom.diffusion.sampler.StepListener;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;

/** From embeddings and seeds to latents: the only denoising loop. */
public final class TextToImage {
    private TextToImage() {}

    /**
     * Starting noise of one picture: PyTorch's {@code randn([1, C, h, w])} of a fresh generator
     * with this seed, as NHWC; several seeds are stacked in order.
     */
    public static Latents noise(long[] seeds, int height, int width, int channels) {
        throw new UnsupportedOperationException();
    }

    /**
     * Denoises a batch of pictures of one prompt.
     *
     * @param noise [N, h, w, C] from {@link #noise}
     * @param text [1, T, D], the prompt's
     * @param negativeText [1, T, D], the negative prompt's; not used at guidance 1
     * @param guidanceScale 1 = off: N rows a UNet call; otherwise 2N, [negative..., positive...]
     */
    public static Latents sample(
            NoisePredictor predictor,
            Sampler sampler,
            SchedulerConfiguration configuration,
            int steps,
            Latents noise,
            TextEmbedding text,
            TextEmbedding negativeText,
            double guidanceScale,
            StepListener listener) {
        throw new UnsupportedOperationException();
    }
}
