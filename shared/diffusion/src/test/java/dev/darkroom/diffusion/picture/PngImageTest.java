package dev.darkroom.diffusion.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PngImageTest {
    private static final String KEYWORD = "parameters";

    @ParameterizedTest
    @CsvSource({"1, 1", "7, 3", "32, 32", "64, 96", "257, 31"})
    void keepsEveryPixel(int width, int height) throws IOException {
        byte[] pixels = new byte[width * height * 3];
        new Random(width * 31L + height).nextBytes(pixels);
        // A smooth part makes the row filters differ.
        for (int i = pixels.length / 2; i < pixels.length; i++) {
            pixels[i] = (byte) (i / 3);
        }

        byte[] png =
                PngImage.encode(new RgbImage(width, height, pixels), Map.of(KEYWORD, "a dress"));

        BufferedImage read = ImageIO.read(new ByteArrayInputStream(png));
        assertThat(read.getWidth()).isEqualTo(width);
        assertThat(read.getHeight()).isEqualTo(height);
        for (int i = 0; i < width * height; i++) {
            int rgb = read.getRGB(i % width, i / width) & 0xffffff;
            int expected =
                    (pixels[3 * i] & 0xff) << 16
                            | (pixels[3 * i + 1] & 0xff) << 8
                            | (pixels[3 * i + 2] & 0xff);
            assertThat(rgb).as("pixel %d", i).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a dress", "", "caf\u00e9\nSteps: 3", "\u8d64\u3044 \ud83d\udc57", "\u20ac"})
    void keepsTheText(String text) {
        byte[] png = PngImage.encode(new RgbImage(1, 1, new byte[3]), Map.of(KEYWORD, text));

        assertThat(PngImage.text(png, KEYWORD)).contains(text);
    }

    @Test
    void writesLatin1AsTextAndTheRestAsInternationalText() {
        RgbImage image = new RgbImage(1, 1, new byte[3]);

        assertThat(chunkTypes(PngImage.encode(image, Map.of(KEYWORD, "caf\u00e9"))))
                .containsExactly("IHDR", "tEXt", "IDAT", "IEND");
        assertThat(chunkTypes(PngImage.encode(image, Map.of(KEYWORD, "\ud83d\udc57"))))
                .containsExactly("IHDR", "iTXt", "IDAT", "IEND");
    }

    @Test
    void givesTheSameBytesForTheSamePicture() {
        byte[] pixels = new byte[32 * 32 * 3];
        new Random(5).nextBytes(pixels);

        assertThat(PngImage.encode(new RgbImage(32, 32, pixels), Map.of(KEYWORD, "a")))
                .isEqualTo(
                        PngImage.encode(
                                new RgbImage(32, 32, pixels.clone()), Map.of(KEYWORD, "a")));
    }

    @Test
    void findsNoTextInWhatIsNoPicture() {
        assertThat(PngImage.text(new byte[0], KEYWORD)).isEmpty();
        assertThat(
                        PngImage.text(
                                "no picture, but long enough for one"
                                        .getBytes(StandardCharsets.UTF_8),
                                KEYWORD))
                .isEmpty();
    }

    @Test
    void refusesNul() {
        RgbImage image = new RgbImage(1, 1, new byte[3]);

        assertThatThrownBy(() -> PngImage.encode(image, Map.of(KEYWORD, "a\0b")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Also checks every chunk's CRC, which readers may pass over. */
    private static List<String> chunkTypes(byte[] png) {
        List<String> types = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(png).position(8);
        while (in.hasRemaining()) {
            int length = in.getInt();
            byte[] named = new byte[length + 4];
            in.get(named);
            CRC32 crc = new CRC32();
            crc.update(named);
            assertThat(in.getInt()).isEqualTo((int) crc.getValue());
            types.add(new String(named, 0, 4, StandardCharsets.US_ASCII));
        }
        return types;
    }
}
