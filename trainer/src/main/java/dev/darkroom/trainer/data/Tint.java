package dev.darkroom.trainer.data;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.List;
import java.util.Locale;

/**
 * The colours that grey pictures are tinted in: grey x colour, so that black stays black. Each has
 * a channel at 255, so that tinting never darkens the brightest channel.
 */
public enum Tint {
    WHITE(255, 255, 255),
    RED(255, 31, 31),
    ORANGE(255, 128, 13),
    YELLOW(255, 242, 26),
    GREEN(38, 255, 51),
    BLUE(38, 77, 255),
    PURPLE(140, 26, 255),
    PINK(255, 102, 191);

    /** All, in order. */
    public static final List<Tint> ALL = List.of(values());

    private static final int FULL = 255;

    private final int red;
    private final int green;
    private final int blue;

    Tint(int red, int green, int blue) {
        this.red = red;
        this.green = green;
        this.blue = blue;
    }

    /** The colour as a caption says it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** One channel of the colour, 0..255: red 0, green 1, blue 2. */
    public int channel(int channel) {
        return switch (channel) {
            case 0 -> red;
            case 1 -> green;
            case 2 -> blue;
            default -> throw new IndexOutOfBoundsException("channel " + channel);
        };
    }

    RgbImage apply(RgbImage grey) {
        if (this == WHITE) {
            return grey;
        }
        byte[] from = grey.pixels();
        byte[] to = new byte[from.length];
        for (int i = 0; i < from.length; i++) {
            int product = (from[i] & 0xFF) * channel(i % Picture.CHANNELS);
            to[i] = (byte) ((product + FULL / 2) / FULL);
        }
        return new RgbImage(grey.width(), grey.height(), to);
    }
}
