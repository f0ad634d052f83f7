package dev.darkroom.trainer.data;

import java.util.Arrays;

/** An RGB picture, 8 bits a channel, rows from the top; never changes. */
public final class Picture {
    /** Red, green, blue. */
    public static final int CHANNELS = 3;

    private static final float HALF = 127.5f;

    private final int width;
    private final int height;
    private final byte[] rgb;

    /**
     * @param rgb unsigned bytes, HWC; not copied
     */
    Picture(int width, int height, byte[] rgb) {
        if (width < 1 || height < 1 || rgb.length != (long) width * height * CHANNELS) {
            throw new IllegalArgumentException(
                    width + " x " + height + " pixels do not have " + rgb.length + " bytes");
        }
        this.width = width;
        this.height = height;
        this.rgb = rgb;
    }

    /**
     * @param rgb unsigned bytes, HWC, height x width x 3; copied
     */
    public static Picture of(int width, int height, byte[] rgb) {
        return new Picture(width, height, rgb.clone());
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /** One channel of a pixel, 0..255. */
    public int sample(int x, int y, int channel) {
        return rgb[(y * width + x) * CHANNELS + channel] & 0xFF;
    }

    /** Unsigned bytes, HWC; a copy. */
    public byte[] rgb() {
        return rgb.clone();
    }

    /** HWC, -1..1, from 0..255. */
    public float[] pixels() {
        float[] pixels = new float[rgb.length];
        write(pixels, 0);
        return pixels;
    }

    /** Writes what {@link #pixels()} gives into an array from an offset on. */
    public void write(float[] target, int offset) {
        for (int i = 0; i < rgb.length; i++) {
            target[offset + i] = (rgb[i] & 0xFF) / HALF - 1;
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Picture that
                && width == that.width
                && height == that.height
                && Arrays.equals(rgb, that.rgb);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(rgb) * 31 + width;
    }

    @Override
    public String toString() {
        return "Picture[" + width + "x" + height + "]";
    }
}
