package dev.darkroom.trainer.data;

import java.util.Locale;

/** How dark a piece of clothing is, measured on its picture. */
enum Tone {
    DARK,
    MEDIUM,
    LIGHT;

    /** Greys up to this are background. */
    private static final int BACKGROUND = 25;

    /** Below, about a quarter of Fashion-MNIST's pictures; above {@link #LIGHT_FROM}, 30 %. */
    private static final double DARK_BELOW = 0.52 * 255;

    private static final double LIGHT_FROM = 0.74 * 255;

    /** The word that a caption may say, empty where the tone is nothing to speak of. */
    String word() {
        return this == MEDIUM ? "" : name().toLowerCase(Locale.ROOT);
    }

    /** The tone of the mean of what is no background. */
    static Tone of(byte[] greys, int from, int length) {
        long sum = 0;
        int count = 0;
        for (int i = from; i < from + length; i++) {
            int grey = greys[i] & 0xFF;
            if (grey > BACKGROUND) {
                sum += grey;
                count++;
            }
        }
        double mean = (double) sum / Math.max(1, count);
        return mean < DARK_BELOW ? DARK : mean > LIGHT_FROM ? LIGHT : MEDIUM;
    }
}
