package dev.darkroom.diffusion.sampler;

import java.util.Arrays;
import java.util.List;

/**
 * A batch of latents: float32, NHWC, already scaled. Variance preserving throughout Darkroom: what
 * the network was trained on, {@code alpha * x0 + sigma * noise} with {@code alpha^2 + sigma^2 =
 * 1}. The values are not copied: whoever makes one gives its array away.
 */
public final class Latents {
    private final int count;
    private final int height;
    private final int width;
    private final int channels;
    private final float[] values;

    public Latents(int count, int height, int width, int channels, float[] values) {
        if ((long) count * height * width * channels != values.length) {
            throw new IllegalArgumentException(
                    "["
                            + count
                            + ","
                            + height
                            + ","
                            + width
                            + ","
                            + channels
                            + "] has "
                            + values.length
                            + " values");
        }
        this.count = count;
        this.height = height;
        this.width = width;
        this.channels = channels;
        this.values = values;
    }

    /** The same shape with other values. */
    public Latents with(float[] newValues) {
        return new Latents(count, height, width, channels, newValues);
    }

    /** Every value times a factor. */
    public Latents scaled(double factor) {
        float[] product = new float[values.length];
        for (int i = 0; i < product.length; i++) {
            product[i] = (float) (values[i] * factor);
        }
        return with(product);
    }

    /** N. */
    public int count() {
        return count;
    }

    public int height() {
        return height;
    }

    public int width() {
        return width;
    }

    public int channels() {
        return channels;
    }

    /** Values of one row of the batch: height x width x channels. */
    public int rowLength() {
        return height * width * channels;
    }

    /** The values themselves, row-major NHWC; not to be changed. */
    public float[] values() {
        return values;
    }

    /** Rows {@code from} (inclusive) to {@code to} (exclusive) of the batch, copied. */
    public Latents rows(int from, int to) {
        int row = rowLength();
        return new Latents(
                to - from,
                height,
                width,
                channels,
                Arrays.copyOfRange(values, from * row, to * row));
    }

    /**
     * The rows of all, one after the other.
     *
     * @throws IllegalArgumentException where rows differ in shape
     */
    public static Latents stacked(List<Latents> parts) {
        Latents first = parts.get(0);
        if (parts.size() == 1) {
            return first;
        }
        int count = 0;
        for (Latents part : parts) {
            if (part.height != first.height
                    || part.width != first.width
                    || part.channels != first.channels) {
                throw new IllegalArgumentException("latents of different shapes");
            }
            count += part.count;
        }
        float[] values = new float[count * first.rowLength()];
        int at = 0;
        for (Latents part : parts) {
            System.arraycopy(part.values, 0, values, at, part.values.length);
            at += part.values.length;
        }
        return new Latents(count, first.height, first.width, first.channels, values);
    }
}
