package dev.darkroom.standalone.benchmark;

import dev.darkroom.network.clip.ClipTextConfiguration;
import dev.darkroom.network.unet.UnetConfiguration;
import dev.darkroom.network.unet.UnetConfiguration.Level;
import dev.darkroom.network.unet.UnetConfiguration.MidBlock;
import dev.darkroom.network.vae.VaeConfiguration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Floating-point operations of one call of a stage: those of convolutions, matrix products and
 * attention, two for each multiplication with addition. Norms, activations and softmax are left
 * out, as it is usual.
 */
final class FlopCount {
    private static final int KERNEL = 9;

    private FlopCount() {}

    /**
     * @param height of the latents
     * @param width of the latents
     * @param tokens of the text
     */
    static long unet(UnetConfiguration unet, int batch, int height, int width, int tokens) {
        return 2L * batch * new Unet(unet, tokens).count(height, width);
    }

    /**
     * @param height of the latents
     * @param width of the latents
     */
    static long vaeDecoder(VaeConfiguration vae, int batch, int height, int width) {
        List<Integer> channels = vae.channels();
        int levels = channels.size();
        long area = (long) height * width;
        int latent = vae.latentChannels();
        int in = channels.get(levels - 1);
        long sum = vae.postQuantConvolution() ? area * latent * latent : 0;
        sum += area * KERNEL * latent * in;
        sum += 2 * residual(area, in, in, 0);
        if (vae.midAttention()) {
            sum += 4 * area * in * in + 2 * area * area * in;
        }
        for (int i = levels - 1; i >= 0; i--) {
            int out = channels.get(i);
            for (int layer = 0; layer <= vae.layers(); layer++) {
                sum += residual(area, in, out, 0);
                in = out;
            }
            if (i > 0) {
                area *= 4;
                sum += area * KERNEL * in * in;
            }
        }
        sum += area * KERNEL * in * vae.outChannels();
        return 2L * batch * sum;
    }

    static long textEncoder(ClipTextConfiguration text, int batch, int tokens) {
        long width = text.width();
        long layer =
                4L * tokens * width * width
                        + 2L * tokens * tokens * width
                        + 2L * tokens * width * text.feedForward();
        return 2L * batch * text.layers() * layer;
    }

    /** Two 3x3 convolutions, the time's projection, and a 1x1 one where the width changes. */
    private static long residual(long area, int in, int out, int timeWidth) {
        return area * KERNEL * ((long) in * out + (long) out * out)
                + (long) timeWidth * out
                + (in == out ? 0 : area * in * out);
    }

    /** Multiplications of one row of the UNet. */
    private static final class Unet {
        private final UnetConfiguration unet;
        private final int tokens;
        private final Deque<Integer> skips = new ArrayDeque<>();

        Unet(UnetConfiguration unet, int tokens) {
            this.unet = unet;
            this.tokens = tokens;
        }

        long count(int height, int width) {
            List<Level> levels = unet.levels();
            int time = unet.timeWidth();
            int channels = levels.get(0).channels();
            long sum = (long) channels * time + (long) time * time;
            Deque<long[]> sizes = new ArrayDeque<>();
            long h = height;
            long w = width;
            sum += h * w * square(unet.convInKernel()) * unet.inChannels() * channels;
            skips.push(channels);
            for (int i = 0; i < levels.size(); i++) {
                Level level = levels.get(i);
                sizes.push(new long[] {h, w});
                for (int layer = 0; layer < level.layers(); layer++) {
                    sum += residual(h * w, channels, level.channels(), time);
                    channels = level.channels();
                    sum += level.downAttention() ? attention(level, h * w) : 0;
                    skips.push(channels);
                }
                if (i < levels.size() - 1) {
                    h = (h + 1) / 2;
                    w = (w + 1) / 2;
                    sum += h * w * KERNEL * channels * channels;
                    skips.push(channels);
                }
            }
            sum += mid(levels.get(levels.size() - 1), h * w, channels);
            for (int i = levels.size() - 1; i >= 0; i--) {
                Level level = levels.get(i);
                long[] size = sizes.pop();
                long area = size[0] * size[1];
                if (i < levels.size() - 1) {
                    sum += area * KERNEL * channels * channels;
                }
                for (int layer = 0; layer <= level.layers(); layer++) {
                    sum += residual(area, channels + skips.pop(), level.channels(), time);
                    channels = level.channels();
                    sum += level.upAttention() ? attention(level, area) : 0;
                }
            }
            long area = (long) height * width;
            return sum + area * square(unet.convOutKernel()) * channels * unet.outChannels();
        }

        private long mid(Level last, long area, int channels) {
            long residual = residual(area, channels, channels, unet.timeWidth());
            if (unet.midBlock() == MidBlock.NONE) {
                return 0;
            }
            return unet.midBlock() == MidBlock.RESIDUAL
                    ? residual
                    : 2 * residual + attention(last, area);
        }

        /** Projections in and out, and in each block self attention, cross attention, GEGLU. */
        private long attention(Level level, long area) {
            long width = level.channels();
            long text = tokens;
            long cross =
                    2 * area * width * width
                            + 2 * text * unet.contextWidth() * width
                            + 2 * area * text * width;
            long self =
                    level.contextOnly()
                            ? cross
                            : 4 * area * width * width + 2 * area * area * width;
            long feedForward = 12 * area * width * width;
            return 2 * area * width * width + level.transformers() * (self + cross + feedForward);
        }

        private static long square(int kernel) {
            return (long) kernel * kernel;
        }
    }
}
