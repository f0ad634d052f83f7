package dev.darkroom.worker.generate;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;

/**
 * How many rows one call of a stage may have, so that what it computes on the way fits in memory.
 *
 * <p>Only the largest parts are counted. In the UNet that is self-attention at the finest level:
 * heads x tokens^2 scores, once before and once after the softmax, and beside it some tensors of
 * the latents' area with a few hundred channels. In the decoder it is the tensors at full
 * resolution (a few, of some hundred channels at half of it) and one head of attention over the
 * latents' area. In the text encoder it is the attention scores of one layer, with heads as wide as
 * CLIP's, and some tensors of the tokens, four times as wide in the middle of a layer.
 */
public final class ActivationBudget {
    private static final long FLOAT_BYTES = 4;
    private static final long SCORE_COPIES = 2;
    private static final long UNET_CHANNELS = 16 * 320;
    private static final long DECODER_CHANNELS = 4 * 256;
    private static final long TEXT_HEAD_WIDTH = 64;
    private static final long TEXT_WIDTHS = 16;

    private static final int MOST_JOBS = 16;

    private final long bytes;
    private final int maxRows;

    /** As {@link #ActivationBudget(long, int)}, bounded by memory alone. */
    public ActivationBudget(long megabytes) {
        this(megabytes, Integer.MAX_VALUE);
    }

    /**
     * @param megabytes that one call may use beside the weights
     * @param maxRows of one call, however little memory it takes
     */
    public ActivationBudget(long megabytes, int maxRows) {
        if (megabytes < 1) {
            throw new IllegalArgumentException(
                    "activation memory is " + megabytes + " MB, must be positive");
        }
        if (maxRows < 1) {
            throw new IllegalArgumentException("a call has " + maxRows + " rows, must be positive");
        }
        this.bytes = megabytes << 20;
        this.maxRows = maxRows;
    }

    /**
     * How many jobs of the model's own size share a call with guidance: more at once would only
     * wait for each other. At most {@value #MOST_JOBS}, since each is a member of a group that has
     * 200 by default.
     *
     * @return at least 1
     */
    public int jobs(CheckpointConfiguration configuration) {
        CheckpointConfiguration.Defaults defaults = configuration.defaults();
        int height = defaults.height() / configuration.downscale();
        int width = defaults.width() / configuration.downscale();
        return Math.max(1, Math.min(MOST_JOBS, unetRows(configuration, height, width) / 2));
    }

    /**
     * @return rows for one call of the text encoder, at least 1
     */
    public int textRows(CheckpointConfiguration configuration) {
        long tokens = configuration.tokenizer().maxLength();
        long width = configuration.textWidth();
        long scores = SCORE_COPIES * tokens * tokens * Math.max(1, width / TEXT_HEAD_WIDTH);
        return rows(FLOAT_BYTES * (scores + TEXT_WIDTHS * width * tokens));
    }

    /**
     * @param height of the latents
     * @param width of the latents
     * @return rows for one UNet call, at least 1
     */
    public int unetRows(CheckpointConfiguration configuration, int height, int width) {
        int scale = configuration.downscale();
        long scores = configuration.attentionBytes(width * scale, height * scale);
        return rows(scores + FLOAT_BYTES * UNET_CHANNELS * height * width);
    }

    /**
     * @param height of the latents
     * @param width of the latents
     * @return rows for one call of the decoder, at least 1
     */
    public int decoderRows(CheckpointConfiguration configuration, int height, int width) {
        long area = (long) height * width;
        long pixels = area * configuration.downscale() * configuration.downscale();
        return rows(FLOAT_BYTES * (SCORE_COPIES * area * area + DECODER_CHANNELS * pixels));
    }

    private int rows(long rowBytes) {
        return (int) Math.max(1, Math.min(maxRows, bytes / rowBytes));
    }
}
