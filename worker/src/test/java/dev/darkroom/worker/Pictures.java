package dev.darkroom.worker;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;

/** PNG files, read by a reader that is not ours. */
final class Pictures {
    private Pictures() {}

    /** [H, W, 3], RGB. */
    static byte[] pixels(byte[] png) throws IOException {
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(png));
        byte[] pixels = new byte[read.getWidth() * read.getHeight() * 3];
        for (int p = 0; p < pixels.length / 3; p++) {
            int rgb = read.getRGB(p % read.getWidth(), p / read.getWidth());
            pixels[3 * p] = (byte) (rgb >> 16);
            pixels[3 * p + 1] = (byte) (rgb >> 8);
            pixels[3 * p + 2] = (byte) rgb;
        }
        return pixels;
    }
}
