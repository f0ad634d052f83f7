package dev.darkroom.trainer.data;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes PNG, JPEG, GIF (its first frame), BMP and what else the JDK reads into 8-bit RGB:
 * upright, transparency laid on white, 16 bits cut to 8.
 *
 * <p>Samples are taken as they are, as Pillow takes them: colour profiles are left aside, and the
 * JDK's own conversion, which holds greys for linear light and brightens them, is not used where
 * samples are red, green and blue or grey.
 */
final class PictureReader {
    private static final long MAX_FILE_BYTES = 1L << 28;
    private static final int FULL = 255;

    private final long maxPixels;

    /**
     * @param maxPixels larger pictures are refused before they are decoded
     */
    PictureReader(long maxPixels) {
        this.maxPixels = maxPixels;
    }

    /**
     * @throws dev.darkroom.contract.error.DarkroomException INVALID_DATASET, naming the file
     */
    RgbImage read(Path file) {
        try {
            long bytes = Files.size(file);
            if (bytes > MAX_FILE_BYTES) {
                throw InvalidDataset.because(file + " has " + bytes + " bytes, too many");
            }
            byte[] content = Files.readAllBytes(file);
            return ExifOrientation.turn(decode(file, content), ExifOrientation.of(content));
        } catch (IOException e) {
            throw InvalidDataset.because(file + " cannot be read: " + e, e);
        }
    }

    private RgbImage decode(Path file, byte[] content) {
        try (ImageInputStream in =
                new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw InvalidDataset.because(file + " is no picture that can be read here");
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, true, true);
                requireSize(file, reader.getWidth(0), reader.getHeight(0));
                return toRgb(reader.read(0));
            } finally {
                reader.dispose();
            }
        } catch (IIOException e) {
            boolean colours = String.valueOf(e.getMessage()).contains("Unsupported Image Type");
            throw InvalidDataset.because(
                    colours
                            ? file + " has colours that cannot be read here (CMYK?): save it as RGB"
                            : file + " is a broken picture: " + e.getMessage(),
                    e);
        } catch (IOException
                | IllegalArgumentException
                | IllegalStateException
                | IndexOutOfBoundsException
                | NegativeArraySizeException
                | NullPointerException e) {
            // What the JDK's readers throw at files that end early or contradict themselves.
            throw InvalidDataset.because(file + " is a broken picture: " + e, e);
        }
    }

    private void requireSize(Path file, int width, int height) {
        if (width < 1 || height < 1 || (long) width * height > maxPixels) {
            throw InvalidDataset.because(
                    String.format(
                            "%s is %d x %d, more than the %d pixels allowed",
                            file, width, height, maxPixels));
        }
    }

    private static RgbImage toRgb(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        ColorModel colours = image.getColorModel();
        int space = colours.getColorSpace().getType();
        boolean raw =
                !(colours instanceof IndexColorModel)
                        && (space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB);
        byte[] rgb = new byte[width * height * Picture.CHANNELS];
        int[] row = new int[width * 4];
        int to = 0;
        for (int y = 0; y < height; y++) {
            if (raw) {
                samples(image.getRaster(), colours, y, row);
            } else {
                converted(image, y, row);
            }
            for (int x = 0; x < width; x++) {
                int alpha = row[4 * x + 3];
                for (int channel = 0; channel < Picture.CHANNELS; channel++) {
                    int value = row[4 * x + channel] * alpha + FULL * (FULL - alpha);
                    rgb[to++] = (byte) ((value + FULL / 2) / FULL);
                }
            }
        }
        return new RgbImage(width, height, rgb);
    }

    /** A row as red, green, blue, alpha of 0..255 each, from the samples themselves. */
    private static void samples(Raster raster, ColorModel colours, int y, int[] row) {
        int width = raster.getWidth();
        int bands = raster.getNumBands();
        int alphaBand = colours.hasAlpha() ? bands - 1 : -1;
        int colourBands = colours.hasAlpha() ? bands - 1 : bands;
        int[] values = new int[width];
        for (int channel = 0; channel < 4; channel++) {
            int band = channel == 3 ? alphaBand : colourBands < 3 ? 0 : channel;
            if (band < 0) {
                java.util.Arrays.fill(values, FULL);
            } else {
                raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, band, values);
                scale(values, raster.getSampleModel().getSampleSize(band));
            }
            for (int x = 0; x < width; x++) {
                row[4 * x + channel] = values[x];
            }
        }
    }

    private static void scale(int[] values, int bits) {
        if (bits == Byte.SIZE) {
            return;
        }
        for (int x = 0; x < values.length; x++) {
            values[x] =
                    bits > Byte.SIZE
                            ? values[x] >>> (bits - Byte.SIZE)
                            : values[x] * FULL / ((1 << bits) - 1);
        }
    }

    private static void converted(BufferedImage image, int y, int[] row) {
        for (int x = 0; x < image.getWidth(); x++) {
            int argb = image.getRGB(x, y);
            row[4 * x] = argb >> 16 & FULL;
            row[4 * x + 1] = argb >> 8 & FULL;
            row[4 * x + 2] = argb & FULL;
            row[4 * x + 3] = argb >>> 24;
        }
    }
}
