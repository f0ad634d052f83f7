package dev.darkroom.diffusion.pipeline;

import dev.darkroom.diffusion.sampler.Latents;
import java.util.ArrayList;
import java.util.List;

/**
 * The colours of latents without their decoder: at each place red, green and blue are a weighted
 * sum of the channels there and a constant. What a decoder adds are details finer than a place, so
 * that the picture is the decoder's, blurred and as small as the latents.
 *
 * <p>The weights come from the decoder itself, by least squares against what it makes of a few
 * small pieces of latents, and hold for latents like those: a decoder is only near a picture about
 * linear. A trace of ridge keeps channels that hardly vary from getting weights made of rounding.
 */
public final class LatentColours {
    private static final int COLOURS = 3;

    /** Pieces that the weights are fitted to, and their sides in places, at most. */
    private static final int PIECES = 4;

    private static final int SIDE = 8;

    /** Of the channels' mean variance. */
    private static final double RIDGE = 1e-3;

    /** Where nothing varies. */
    private static final double LEAST_RIDGE = 1e-9;

    /** [RGB, C + 1]: the constant is the last. */
    private final double[][] weights;

    private LatentColours(double[][] weights) {
        this.weights = weights;
    }

    /**
     * Asks the decoder once, for a few small pictures, and fits its answer.
     *
     * @param latents [N, h, w, C], clean, such as are to be shown
     */
    public static LatentColours fit(LatentDecoder decoder, Latents latents) {
        Latents samples = pieces(latents);
        return new LatentColours(weights(samples, pooled(decoder.decode(samples), samples)));
    }

    /** From different pictures where there are some, and from different quarters of them. */
    private static Latents pieces(Latents latents) {
        int height = Math.min(SIDE, latents.height());
        int width = Math.min(SIDE, latents.width());
        boolean whole = height == latents.height() && width == latents.width();
        int count = whole ? Math.min(PIECES, latents.count()) : PIECES;
        int channels = latents.channels();
        float[] values = new float[count * height * width * channels];
        for (int n = 0; n < count; n++) {
            int top = (latents.height() - height) * (1 + 2 * (n / 2 % 2)) / 4;
            int left = (latents.width() - width) * (1 + 2 * (n % 2)) / 4;
            for (int y = 0; y < height; y++) {
                int row = (n % latents.count()) * latents.height() + top + y;
                System.arraycopy(
                        latents.values(),
                        (row * latents.width() + left) * channels,
                        values,
                        (n * height + y) * width * channels,
                        width * channels);
            }
        }
        return new Latents(count, height, width, channels, values);
    }

    /** By the normal equations of what is left when the means are taken away. */
    private static double[][] weights(Latents samples, double[][] colours) {
        int channels = samples.channels();
        int places = samples.count() * samples.height() * samples.width();
        double[] channelMeans = new double[channels];
        double[] colourMeans = new double[COLOURS];
        for (int place = 0; place < places; place++) {
            for (int c = 0; c < channels; c++) {
                channelMeans[c] += samples.values()[place * channels + c] / (double) places;
            }
            for (int rgb = 0; rgb < COLOURS; rgb++) {
                colourMeans[rgb] += colours[rgb][place] / places;
            }
        }
        double[][] square = new double[channels][channels];
        double[][] right = new double[COLOURS][channels];
        double[] centred = new double[channels];
        for (int place = 0; place < places; place++) {
            for (int c = 0; c < channels; c++) {
                centred[c] = samples.values()[place * channels + c] - channelMeans[c];
            }
            for (int i = 0; i < channels; i++) {
                for (int j = 0; j < channels; j++) {
                    square[i][j] += centred[i] * centred[j];
                }
                for (int rgb = 0; rgb < COLOURS; rgb++) {
                    right[rgb][i] += centred[i] * (colours[rgb][place] - colourMeans[rgb]);
                }
            }
        }
        double trace = 0;
        for (int i = 0; i < channels; i++) {
            trace += square[i][i];
        }
        for (int i = 0; i < channels; i++) {
            square[i][i] += Math.max(LEAST_RIDGE, RIDGE * trace / channels);
        }
        factor(square);
        double[][] weights = new double[COLOURS][channels + 1];
        for (int rgb = 0; rgb < COLOURS; rgb++) {
            double[] solved = solve(square, right[rgb]);
            double constant = colourMeans[rgb];
            for (int c = 0; c < channels; c++) {
                weights[rgb][c] = solved[c];
                constant -= solved[c] * channelMeans[c];
            }
            weights[rgb][channels] = constant;
        }
        return weights;
    }

    /**
     * @param latents [N, h, w, C], clean
     * @return one picture of h x w pixels per row
     */
    public List<RgbImage> of(Latents latents) {
        int channels = latents.channels();
        int area = latents.height() * latents.width();
        float[] values = new float[latents.count() * area * COLOURS];
        for (int i = 0; i < values.length; i++) {
            double[] weight = weights[i % COLOURS];
            double sum = weight[channels];
            for (int c = 0; c < channels; c++) {
                sum += weight[c] * latents.values()[i / COLOURS * channels + c];
            }
            values[i] = (float) sum;
        }
        List<RgbImage> pictures = new ArrayList<>();
        for (int n = 0; n < latents.count(); n++) {
            pictures.add(
                    RgbImage.fromDecoder(
                            latents.width(), latents.height(), values, n * area * COLOURS));
        }
        return pictures;
    }

    /** Pictures at the latents' resolution, -1..1, [RGB, N x h x w]. */
    private static double[][] pooled(List<RgbImage> pictures, Latents latents) {
        int area = latents.height() * latents.width();
        double[][] colours = new double[COLOURS][pictures.size() * area];
        for (int n = 0; n < pictures.size(); n++) {
            RgbImage picture = pictures.get(n);
            int scale = picture.width() / latents.width();
            byte[] pixels = picture.pixels();
            for (int i = 0; i < pixels.length; i++) {
                int x = i / COLOURS % picture.width() / scale;
                int y = i / COLOURS / picture.width() / scale;
                colours[i % COLOURS][n * area + y * latents.width() + x] +=
                        ((pixels[i] & 0xff) / 127.5 - 1) / (scale * scale);
            }
        }
        return colours;
    }

    /** Cholesky's factor L in the lower half, in place of a positive definite matrix. */
    private static void factor(double[][] matrix) {
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j <= i; j++) {
                double rest = matrix[i][j];
                for (int k = 0; k < j; k++) {
                    rest -= matrix[i][k] * matrix[j][k];
                }
                matrix[i][j] = i == j ? Math.sqrt(rest) : rest / matrix[j][j];
            }
        }
    }

    /** The x of L L' x = right. */
    private static double[] solve(double[][] lower, double[] right) {
        double[] x = right.clone();
        for (int i = 0; i < x.length; i++) {
            for (int k = 0; k < i; k++) {
                x[i] -= lower[i][k] * x[k];
            }
            x[i] /= lower[i][i];
        }
        for (int i = x.length - 1; i >= 0; i--) {
            for (int k = i + 1; k < x.length; k++) {
                x[i] -= lower[k][i] * x[k];
            }
            x[i] /= lower[i][i];
        }
        return x;
    }
}
