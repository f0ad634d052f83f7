package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.pipeline.LatentDecoder;
import dev.darkroom.diffusion.pipeline.NoisePredictor;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.pipeline.TextEncoder;
import dev.darkroom.diffusion.pipeline.TextToImage;
import dev.darkroom.diffusion.sampler.DdimSampler;
import dev.darkroom.diffusion.sampler.DpmSolverSampler;
import dev.darkroom.diffusion.sampler.EulerSampler;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.diffusion.sampler.Sampler;
import dev.darkroom.diffusion.sampler.StepListener;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.diffusion.tokenizer.ClipTokenizer;
import dev.darkroom.trainer.data.BatchLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * All that makes pictures of prompts, whether its networks are being trained or were exported.
 *
 * @param latentHeight of the pictures that are made, in latents
 * @param latentWidth likewise
 */
public record TextToImageModel(
        ClipTokenizer tokenizer,
        TextEncoder textEncoder,
        NoisePredictor noisePredictor,
        LatentDecoder decoder,
        SchedulerConfiguration scheduler,
        int latentHeight,
        int latentWidth,
        int latentChannels) {
    private static final BatchLimit ROWS = new BatchLimit(64, 8 * 8);

    /**
     * Rows of a UNet call that ordinary memory holds, at least the two that guidance needs.
     *
     * @param height of the latents
     * @param width of the latents
     */
    public static int rows(int height, int width) {
        return Math.max(2, ROWS.at(height, width));
    }

    /**
     * One picture of each prompt, many prompts a UNet call.
     *
     * @param firstSeed of the first picture; the next has the next
     */
    public List<RgbImage> make(
            List<String> prompts, long firstSeed, double guidanceScale, EvaluationOptions options) {
        boolean guided = guidanceScale > 1;
        int together = Math.max(1, guided ? options.rows() / 2 : options.rows());
        TextEmbedding negative = encode(List.of(""));
        List<RgbImage> pictures = new ArrayList<>();
        for (int from = 0; from < prompts.size(); from += together) {
            List<String> part = prompts.subList(from, Math.min(prompts.size(), from + together));
            long seed = firstSeed + from;
            Latents noise =
                    TextToImage.noise(
                            LongStream.range(seed, seed + part.size()).toArray(),
                            latentHeight,
                            latentWidth,
                            latentChannels);
            Latents latents =
                    TextToImage.sampleEach(
                            noisePredictor,
                            sampler(options),
                            scheduler,
                            options.steps(),
                            noise,
                            encode(part),
                            negative,
                            guidanceScale,
                            StepListener.none());
            pictures.addAll(decoder.decode(latents));
        }
        return pictures;
    }

    private TextEmbedding encode(List<String> prompts) {
        return textEncoder.encode(
                prompts.stream().map(tokenizer::encodePadded).toArray(int[][]::new));
    }

    private static Sampler sampler(EvaluationOptions options) {
        return switch (options.sampler()) {
            case DDIM -> new DdimSampler();
            case EULER -> new EulerSampler();
            case DPMPP_2M_KARRAS -> new DpmSolverSampler();
        };
    }
}
