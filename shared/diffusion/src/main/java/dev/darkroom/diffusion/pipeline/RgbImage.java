package dev.darkroom.diffusion.pipeline;

/**
 * A picture: 8 bits a channel, RGB, row-major [H, W, 3]; the array is given away and not to be
 * changed.
 */
public final class RgbImage {
    private final int width;
    private final int height;
    private final byte[] pixels;

    public RgbImage(int width, int height, byte[] pixels) {
        if ((long) width * height * 3 != pixels.length) {
            throw new IllegalArgumentException(
                    width + "x" + height + " has " + pixels.length + " bytes");
        }
        this.width = width;
        this.height = height;
        this.pixels = pixels;
    }

    /**
     * From a decoder's output.
     *
     * @param values [H, W, 3] from {@code offset}, about -1..1: clamped, then rounded half to even
     *     as diffusers does
     */
    public static RgbImage fromDecoder(int width, int height, float[] values, int offset) {
        byte[] pixels = new byte[width * height * 3];
        for (int i = 0; i < pixels.length; i++) {
            float unit = Math.min(1f, Math.max(0f, values[offset + i] / 2f + 0.5f));
            pixels[i] = (byte) Math.rint(unit * 255f);
        }
        return new RgbImage(width, height, pixels);
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    public byte[] pixels() {
        return pixels;
    }
}
