package dev.darkroom.diffusion.picture;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.util.Arrays;
import java.util.List;

/** Pictures side by side, row after row, as one picture with margins between and around them. */
public final class ImageGrid {
    private static final int CHANNELS = 3;

    private ImageGrid() {}

    /**
     * @param pictures of one size, row-major; the last row may be short
     * @param columns pictures a row
     * @param margin pixels between pictures and around them
     * @param background grey level of the margins and of places without a picture, 0..255
     */
    public static RgbImage of(List<RgbImage> pictures, int columns, int margin, int background) {
        if (pictures.isEmpty() || columns < 1 || margin < 0) {
            throw new IllegalArgumentException(
                    pictures.size() + " pictures in " + columns + " columns, margin " + margin);
        }
        int width = pictures.get(0).width();
        int height = pictures.get(0).height();
        int rows = (pictures.size() + columns - 1) / columns;
        int gridWidth = columns * (width + margin) + margin;
        int gridHeight = rows * (height + margin) + margin;
        byte[] pixels = new byte[gridWidth * gridHeight * CHANNELS];
        Arrays.fill(pixels, (byte) background);
        for (int i = 0; i < pictures.size(); i++) {
            RgbImage picture = pictures.get(i);
            if (picture.width() != width || picture.height() != height) {
                throw new IllegalArgumentException(
                        "picture %d is %dx%d, the first is %dx%d"
                                .formatted(i, picture.width(), picture.height(), width, height));
            }
            int left = margin + i % columns * (width + margin);
            int top = margin + i / columns * (height + margin);
            for (int y = 0; y < height; y++) {
                System.arraycopy(
                        picture.pixels(),
                        y * width * CHANNELS,
                        pixels,
                        ((top + y) * gridWidth + left) * CHANNELS,
                        width * CHANNELS);
            }
        }
        return new RgbImage(gridWidth, gridHeight, pixels);
    }
}
