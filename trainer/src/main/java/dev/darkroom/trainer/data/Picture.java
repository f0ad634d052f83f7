package dev.darkroom.trainer.data;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.Arrays;

/** An RGB picture as networks see it; never changes. */
public final class Picture {
    /** Red, green, blue. */
    public static final int CHANNELS = 3;

    private static final float HALF = 127.5f;

    private final RgbImage image;

    public Picture(RgbImage image) {
        if (image.width() < 1 || image.height() < 1) {
            throw new IllegalArgumentException("a picture has at least one pixel");
        }
        this.image = image;
    }

    /**
     * @param rgb unsigned bytes, HWC, height x width x 3; given away
     */
    public static Picture of(int width, int height, byte[] rgb) {
        return new Picture(new RgbImage(width, height, rgb));
    }

    public int width() {
        return image.width();
    }

    public int height() {
        return image.height();
    }

    /** The picture with 8 bits a channel. */
    public RgbImage image() {
        return image;
    }

    /** HWC, -1..1, from 0..255. */
    public float[] pixels() {
        float[] pixels = new float[image.pixels().length];
        write(pixels, 0);
        return pixels;
    }

    /** Writes what {@link #pixels()} gives into an array from an offset on. */
    public void write(float[] target, int offset) {
        byte[] rgb = image.pixels();
        for (int i = 0; i < rgb.length; i++) {
            target[offset + i] = (rgb[i] & 0xFF) / HALF - 1;
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Picture that
                && width() == that.width()
                && height() == that.height()
                && Arrays.equals(image.pixels(), that.image.pixels());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(image.pixels()) * 31 + width();
    }

    @Override
    public String toString() {
        return "Picture[" + width() + "x" + height() + "]";
    }
}
