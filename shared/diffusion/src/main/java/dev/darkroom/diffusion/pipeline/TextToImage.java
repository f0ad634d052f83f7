package dev.darkroom.diffusion.pipeline;

import dev.darkroom.diffusion.noise.TorchGenerator;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.diffusion.sampler.Sampler;
import dev.darkroom.diffusion.sampler.StepListener;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import java.util.List;

/** From embeddings and seeds to latents: the only denoising loop. */
public final class TextToImage {
    private TextToImage() {}

    /**
     * Starting noise of one picture: PyTorch's {@code randn([1, C, h, w])} of a fresh generator
     * with this seed, as NHWC; several seeds are stacked in order.
     */
    public static Latents noise(long[] seeds, int height, int width, int channels) {
        int area = height * width;
        float[] values = new float[seeds.length * area * channels];
        for (int n = 0; n < seeds.length; n++) {
            float[] drawn = new TorchGenerator(seeds[n]).randn(channels * area);
            int row = n * area * channels;
            for (int i = 0; i < drawn.length; i++) {
                int channel = i / area;
                int place = i % area;
                values[row + place * channels + channel] = drawn[i];
            }
        }
        return new Latents(seeds.length, height, width, channels, values);
    }

    /**
     * Denoises a batch of pictures of one prompt.
     *
     * @param noise [N, h, w, C] from {@link #noise}
     * @param text [1, T, D], the prompt's
     * @param negativeText [1, T, D], the negative prompt's; not used at guidance 1
     * @param guidanceScale 1 or less = off: N rows a UNet call; otherwise 2N, [negative...,
     *     positive...]
     * @throws IllegalArgumentException where the model's schedule has no such number of steps
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
        return sampleEach(
                predictor,
                sampler,
                configuration,
                steps,
                noise,
                repeated(noise.count(), text),
                negativeText,
                guidanceScale,
                listener);
    }

    /**
     * Denoises a batch of pictures, each of a prompt of its own; otherwise as {@link #sample}.
     *
     * @param texts [N, T, D], one row a picture
     * @param negativeText [1, T, D], the negative prompt's, for all of them
     */
    public static Latents sampleEach(
            NoisePredictor predictor,
            Sampler sampler,
            SchedulerConfiguration configuration,
            int steps,
            Latents noise,
            TextEmbedding texts,
            TextEmbedding negativeText,
            double guidanceScale,
            StepListener listener) {
        boolean guided = guidanceScale > 1;
        int count = noise.count();
        if (texts.count() != count) {
            throw new IllegalArgumentException(texts.count() + " texts for " + count + " pictures");
        }
        TextEmbedding rows =
                guided
                        ? TextEmbedding.stacked(List.of(repeated(count, negativeText), texts))
                        : texts;
        GuidedDenoiser denoiser =
                new GuidedDenoiser(
                        predictor, configuration.predictionType(), rows, guided, guidanceScale);
        return sampler.sample(denoiser, noise, configuration, steps, listener);
    }

    /** One row {@code count} times. */
    private static TextEmbedding repeated(int count, TextEmbedding one) {
        if (one.count() != 1) {
            throw new IllegalArgumentException(
                    "prompt and negative prompt need one embedding each, not " + one.count());
        }
        int row = one.values().length;
        float[] values = new float[count * row];
        for (int n = 0; n < count; n++) {
            System.arraycopy(one.values(), 0, values, n * row, row);
        }
        return new TextEmbedding(count, one.tokens(), one.width(), values);
    }
}
