package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.List;

/** Pictures as a network's input. */
final class Pixels {
    private static final float HALF = 127.5f;

    private Pixels() {}

    /**
     * @return [N, H, W, 3], -1..1, row-major
     * @throws IllegalArgumentException where a picture is of another size
     */
    static float[] batch(List<RgbImage> pictures, int width, int height) {
        int length = width * height * 3;
        float[] values = new float[pictures.size() * length];
        int end = 0;
        for (RgbImage picture : pictures) {
            if (picture.width() != width || picture.height() != height) {
                throw new IllegalArgumentException(
                        "a picture is %dx%d, the network takes %dx%d"
                                .formatted(picture.width(), picture.height(), width, height));
            }
            for (byte sample : picture.pixels()) {
                values[end++] = (sample & 0xff) / HALF - 1;
            }
        }
        return values;
    }
}
