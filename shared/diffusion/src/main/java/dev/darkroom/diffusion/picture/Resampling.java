package dev.darkroom.diffusion.picture;

import dev.darkroom.diffusion.pipeline.RgbImage;

/**
 * Resizes pictures bit by bit as Pillow does: across, then down, each weighted by a filter that
 * widens where the picture shrinks, in fixed point and rounded to 8 bits after each.
 */
public enum Resampling {
    BILINEAR(1),
    /** Keys 1981 with a = -0.5. */
    BICUBIC(2),
    LANCZOS(3);

    private static final int BITS = 22;

    private final double support;

    Resampling(double support) {
        this.support = support;
    }

    /**
     * @param x distance, 0..support
     */
    private double filter(double x) {
        return switch (this) {
            case BILINEAR -> 1 - x;
            case BICUBIC ->
                    x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
            case LANCZOS -> sinc(x) * sinc(x / 3);
        };
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    }

    public RgbImage resize(RgbImage image, int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(width + "x" + height + " is no size");
        }
        byte[] pixels = image.pixels();
        if (width != image.width()) {
            pixels = along(pixels, image.height(), image.width(), 1, width);
        }
        if (height != image.height()) {
            pixels = along(pixels, 1, image.height(), width, height);
        }
        return new RgbImage(width, height, pixels);
    }

    /** The middle axis of [outer, length, inner, 3]. */
    private byte[] along(byte[] from, int outer, int length, int inner, int size) {
        int row = inner * 3;
        byte[] to = new byte[outer * size * row];
        for (int i = 0; i < size; i++) {
            Window window = window(i, length, size);
            for (int o = 0; o < outer; o++) {
                for (int c = 0; c < row; c++) {
                    long sum = 1L << (BITS - 1);
                    for (int k = 0; k < window.weights.length; k++) {
                        int value = from[(o * length + window.first + k) * row + c] & 0xff;
                        sum += (long) value * window.weights[k];
                    }
                    to[(o * size + i) * row + c] = (byte) Math.max(0, Math.min(255, sum >> BITS));
                }
            }
        }
        return to;
    }

    private static final class Window {
        final int first;
        final int[] weights;

        Window(int first, int[] weights) {
            this.first = first;
            this.weights = weights;
        }
    }

    private Window window(int place, int length, int size) {
        double scale = (double) length / size;
        double widened = Math.max(scale, 1);
        double center = (place + 0.5) * scale;
        int first = Math.max(0, (int) (center - support * widened + 0.5));
        int end = Math.min(length, (int) (center + support * widened + 0.5));
        double[] each = new double[end - first];
        double sum = 0;
        for (int k = 0; k < each.length; k++) {
            double x = Math.abs((k + first - center + 0.5) / widened);
            each[k] = x < support ? filter(x) : 0;
            sum += each[k];
        }
        int[] weights = new int[each.length];
        for (int k = 0; k < each.length; k++) {
            double weight = each[k] / sum * (1 << BITS);
            weights[k] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
        }
        return new Window(first, weights);
    }
}
