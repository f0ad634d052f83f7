package dev.darkroom.trainer.data;

import dev.darkroom.diffusion.pipeline.RgbImage;

/**
 * How a picture may be changed before it is learnt from without its caption becoming wrong.
 *
 * @param flips share of pictures mirrored left to right, 0..1
 * @param shift most pixels that a picture is moved in each direction; what is laid bare repeats the
 *     edge
 */
public record Augmentation(double flips, int shift) {
    /** Pictures as they are. */
    public static final Augmentation NONE = new Augmentation(0, 0);

    private static final int MAX = dev.darkroom.contract.training.Augmentation.MAX_SHIFT;

    public Augmentation {
        Shares.require("flips", flips);
        if (shift < 0 || shift > MAX) {
            throw new IllegalArgumentException("shift is " + shift + ", must be 0.." + MAX);
        }
    }

    /** The same number of draws is taken whatever the outcome. */
    RgbImage apply(RgbImage image, KeyedRandom random) {
        boolean flipped = random.chance(flips);
        int dx = random.nextInt(2 * shift + 1) - shift;
        int dy = random.nextInt(2 * shift + 1) - shift;
        return flipped || dx != 0 || dy != 0 ? move(image, flipped, dx, dy) : image;
    }

    private static RgbImage move(RgbImage image, boolean flipped, int dx, int dy) {
        int width = image.width();
        int height = image.height();
        byte[] from = image.pixels();
        byte[] to = new byte[from.length];
        for (int y = 0; y < height; y++) {
            int fromY = Math.max(0, Math.min(height - 1, y - dy));
            for (int x = 0; x < width; x++) {
                int moved = Math.max(0, Math.min(width - 1, x - dx));
                int fromX = flipped ? width - 1 - moved : moved;
                System.arraycopy(
                        from,
                        (fromY * width + fromX) * Picture.CHANNELS,
                        to,
                        (y * width + x) * Picture.CHANNELS,
                        Picture.CHANNELS);
            }
        }
        return new RgbImage(width, height, to);
    }
}
