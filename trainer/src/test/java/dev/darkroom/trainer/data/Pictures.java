package dev.darkroom.trainer.data;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/** Pictures that a test makes and looks at. */
final class Pictures {
    private Pictures() {}

    /** Red across, green down, blue constant: every place is known by its colour. */
    static BufferedImage gradient(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int red = width == 1 ? 0 : 255 * x / (width - 1);
                int green = height == 1 ? 0 : 255 * y / (height - 1);
                image.setRGB(x, y, red << 16 | green << 8 | 0x40);
            }
        }
        return image;
    }

    static BufferedImage flat(int width, int height, int rgb) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        IntStream.range(0, width * height).forEach(i -> image.setRGB(i % width, i / width, rgb));
        return image;
    }

    static void write(BufferedImage image, Path file) throws IOException {
        Files.createDirectories(file.getParent());
        String name = file.getFileName().toString();
        String format = name.substring(name.lastIndexOf('.') + 1);
        if (!ImageIO.write(image, format, file.toFile())) {
            throw new IOException("no writer for " + file);
        }
    }

    /** Red, green and blue of a pixel. */
    static List<Integer> at(RgbImage image, int x, int y) {
        return IntStream.range(0, 3)
                .mapToObj(c -> image.pixels()[(y * image.width() + x) * 3 + c] & 0xFF)
                .toList();
    }
}
