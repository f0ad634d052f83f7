package dev.darkroom.worker.generate;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;

/**
 * How many rows one call of a stage may have, so that what it computes on the way fits in memory.
 *
 * <p>Only the largest parts are counted. In the UNet that is self-attention at the finest level:
 * heads x tokens^2 scores, once before and once after the softmax, and beside it some tensors of
 * the latents' area with a few hundred channels. In the decoder it is the tensors at full
 * resolution (a few, of some hundred channels at half of it) and one head of attention over the
 * latents' area.
 */
public final class ActivationBudget {
    private static final long FLOAT_BYTES = 4;
    private static final long SCORE_COPIES = 2;
    private static final long UNET_CHANNELS = 16 * 320;
    private static final long DECODER_CHANNELS = 4 * 256;

    private final long bytes;

    public ActivationBudget(long megabytes) {
        if (megabytes < 1) {
            throw new IllegalArgumentException(
                    "activation memory is " + megabytes + " MB, must be positive");
        }
        this.bytes = megabytes << 20;
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
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, bytes / rowBytes));
    }
}
