package dev.darkroom.contract.checkpoint;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.SamplerName;
import java.util.Map;

/**
 * All that a worker must know of a checkpoint besides its graphs; {@code configuration.json} in the
 * checkpoint's folder. Every number comes from the imported JSON files.
 *
 * @param scheduler {@code scheduler_config.json} as it was: samplers read from it what the
 *     diffusers class of the same name would
 * @param latentChannels C of the latents
 * @param downscale pixels per latent, each way (8 in Stable Diffusion 1.x)
 * @param scalingFactor latents = VAE latents x this; already inside the decoder's graph
 * @param attentionHeads of the UNet's attention at its finest level that has any
 * @param attentionDownscale latents per attention token, each way, at that level
 * @param parameters number of parameters of each stage by folder name, for people
 */
public record CheckpointConfiguration(
        Tokenizer tokenizer,
        Map<String, Object> scheduler,
        int latentChannels,
        int downscale,
        double scalingFactor,
        int textWidth,
        int attentionHeads,
        int attentionDownscale,
        Map<String, Long> parameters,
        Defaults defaults) {
    /** The file's name in the checkpoint's folder. */
    public static final String FILE = "configuration.json";

    public static final String VOCABULARY_FILE = "tokenizer/vocab.json";
    public static final String MERGES_FILE = "tokenizer/merges.txt";
    public static final String MANIFEST_FILE = "manifest.json";

    /** A picture may have at most this many times the pixels of the model's native size. */
    public static final int MAX_AREA_FACTOR = 4;

    /**
     * One row of a UNet call may need at most this much for its attention scores: more would leave
     * too little of an ordinary worker's memory for the model itself.
     */
    public static final long MAX_ATTENTION_BYTES = 6L << 30;

    public CheckpointConfiguration {
        scheduler = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(scheduler));
        // Sorted: the configuration's bytes are part of the checkpoint's version.
        parameters = java.util.Collections.unmodifiableMap(new java.util.TreeMap<>(parameters));
    }

    /**
     * @param maxLength tokens per prompt, begin and end included (77)
     */
    public record Tokenizer(
            int maxLength,
            String beginToken,
            String endToken,
            String padToken,
            String unknownToken) {}

    /**
     * What a job gets that does not say.
     *
     * @param width native width, pixels
     * @param height native height, pixels
     */
    public record Defaults(
            int width, int height, int steps, SamplerName sampler, double guidanceScale) {}

    /**
     * Passes sizes that the model can make: whole latents, and not so large that attention's memory
     * (which grows with the square of the area) is out of proportion.
     *
     * @throws DarkroomException {@link ErrorCode#UNSUPPORTED_SIZE}
     */
    public void requireSize(int width, int height) {
        if (width < downscale
                || height < downscale
                || width % downscale != 0
                || height % downscale != 0) {
            throw new DarkroomException(
                    ErrorCode.UNSUPPORTED_SIZE,
                    "size is "
                            + width
                            + "x"
                            + height
                            + ": width and height must be multiples of "
                            + downscale);
        }
        long area = (long) width * height;
        if (area <= maxPixels() && attentionBytes(width, height) <= MAX_ATTENTION_BYTES) {
            return;
        }
        String size = "size is " + width + "x" + height + ": at most " + maxPixels() + " pixels, ";
        throw new DarkroomException(
                ErrorCode.UNSUPPORTED_SIZE,
                area > areaLimit() && areaLimit() == maxPixels()
                        ? size
                                + MAX_AREA_FACTOR
                                + " times the model's native "
                                + defaults.width()
                                + "x"
                                + defaults.height()
                        : size
                                + "since the model's attention would need "
                                + (attentionBytes(width, height) >> 20)
                                + " MB for one picture, at most "
                                + (MAX_ATTENTION_BYTES >> 20));
    }

    /**
     * The largest area that {@link #requireSize} passes, pixels. Where attention looks at several
     * latents at once, a size with sides that are no whole number of its tokens may be refused
     * below that.
     */
    public long maxPixels() {
        long rows = 2L * Float.BYTES * Math.max(1, attentionHeads);
        long tokens = (long) Math.sqrt((double) MAX_ATTENTION_BYTES / rows);
        return Math.min(areaLimit(), tokens * pixelsPerToken() * pixelsPerToken());
    }

    private long areaLimit() {
        return (long) MAX_AREA_FACTOR * defaults.width() * defaults.height();
    }

    private long pixelsPerToken() {
        return (long) downscale * Math.max(1, attentionDownscale);
    }

    /**
     * What one row of a UNet call needs for the scores of its largest self-attention: heads x
     * tokens^2 float32, before and after the softmax.
     *
     * @param width pixels
     * @param height pixels
     */
    public long attentionBytes(int width, int height) {
        long across = (width + pixelsPerToken() - 1) / pixelsPerToken();
        long down = (height + pixelsPerToken() - 1) / pixelsPerToken();
        long tokens = across * down;
        return 2L * Float.BYTES * attentionHeads * tokens * tokens;
    }
}
