package dev.darkroom.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.diffusion.pipeline.RgbImage;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PictureReaderTest {
    @TempDir Path folder = Path.of("");

    private final PictureReader reader = new PictureReader(10_000);

    private RgbImage roundTrip(BufferedImage image, String format) throws IOException {
        Path file = folder.resolve("picture." + format);
        Pictures.write(image, file);
        return reader.read(file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp", "jpg", "gif"})
    void readsEveryFormat(String format) throws IOException {
        RgbImage read = roundTrip(Pictures.flat(20, 10, 0xC04020), format);
        assertThat(List.of(read.width(), read.height())).containsExactly(20, 10);
        assertThat(Pictures.at(read, 13, 7).get(0)).isCloseTo(0xC0, within(4));
        assertThat(Pictures.at(read, 13, 7).get(1)).isCloseTo(0x40, within(4));
        assertThat(Pictures.at(read, 13, 7).get(2)).isCloseTo(0x20, within(4));
    }

    private static org.assertj.core.data.Offset<Integer> within(int range) {
        return org.assertj.core.data.Offset.offset(range);
    }

    @ParameterizedTest
    @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY})
    void takesGreysAsTheyAre(int type) throws IOException {
        BufferedImage image = new BufferedImage(3, 1, type);
        int scale = type == BufferedImage.TYPE_BYTE_GRAY ? 1 : 257;
        for (int x = 0; x < 3; x++) {
            image.getRaster().setSample(x, 0, 0, (10 + 50 * x) * scale);
        }
        RgbImage read = roundTrip(image, "png");
        assertThat(Pictures.at(read, 0, 0)).containsExactly(10, 10, 10);
        assertThat(Pictures.at(read, 1, 0)).containsExactly(60, 60, 60);
        assertThat(Pictures.at(read, 2, 0)).containsExactly(110, 110, 110);
    }

    @Test
    void readsTwoColoursAndPalettes() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY);
        image.setRGB(1, 0, 0xFFFFFFFF);
        assertThat(roundTrip(image, "png").pixels()).containsExactly(0, 0, 0, -1, -1, -1);
    }

    @Test
    void laysTransparencyOnWhite() throws IOException {
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x00FF0000);
        image.setRGB(1, 0, 0x80000000);
        image.setRGB(2, 0, 0xFF102030);
        RgbImage read = roundTrip(image, "png");
        assertThat(Pictures.at(read, 0, 0)).containsExactly(255, 255, 255);
        assertThat(Pictures.at(read, 1, 0)).containsExactly(127, 127, 127);
        assertThat(Pictures.at(read, 2, 0)).containsExactly(0x10, 0x20, 0x30);
    }

    /**
     * Where the stored picture's top left corner is seen after turning: left or right, up or down.
     */
    @ParameterizedTest
    @CsvSource({
        "1,40,24,left,top", "2,40,24,right,top", "3,40,24,right,bottom", "4,40,24,left,bottom",
        "5,24,40,left,top", "6,24,40,right,top", "7,24,40,right,bottom", "8,24,40,left,bottom"
    })
    void turnsJpegsUpright(int orientation, int width, int height, String side, String edge)
            throws IOException {
        BufferedImage image = Pictures.flat(40, 24, 0);
        for (int i = 0; i < 64; i++) {
            image.setRGB(i % 8, i / 8, 0xFFFFFF);
        }
        // A second mark tells mirrored from turned: to the right of the corner, dimmer.
        for (int i = 0; i < 64; i++) {
            image.setRGB(8 + i % 8, i / 8, 0x808080);
        }
        for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
            Path file = folder.resolve("turned.jpg");
            Pictures.write(image, file);
            Files.write(file, withOrientation(Files.readAllBytes(file), orientation, order));
            RgbImage read = reader.read(file);
            assertThat(List.of(read.width(), read.height())).containsExactly(width, height);
            int x = side.equals("left") ? 3 : width - 4;
            int y = edge.equals("top") ? 3 : height - 4;
            assertThat(Pictures.at(read, x, y).get(0)).isGreaterThan(230);
            int inward = side.equals("left") ? 11 : width - 12;
            int along = edge.equals("top") ? 11 : height - 12;
            int dimmer =
                    orientation < 5
                            ? Pictures.at(read, inward, y).get(0)
                            : Pictures.at(read, x, along).get(0);
            assertThat(dimmer).isBetween(110, 145);
        }
    }

    private static byte[] withOrientation(byte[] jpeg, int orientation, ByteOrder order) {
        ByteBuffer segment = ByteBuffer.allocate(4 + 6 + 8 + 2 + 24);
        segment.putShort((short) 0xFFE1).putShort((short) (segment.capacity() - 2));
        segment.put(new byte[] {'E', 'x', 'i', 'f', 0, 0});
        segment.put((byte) (order == ByteOrder.BIG_ENDIAN ? 'M' : 'I'));
        segment.put((byte) (order == ByteOrder.BIG_ENDIAN ? 'M' : 'I'));
        segment.order(order).putShort((short) 42).putInt(8).putShort((short) 2);
        segment.putShort((short) 0x0100).putShort((short) 3).putInt(1).putInt(0);
        segment.putShort((short) 0x0112).putShort((short) 3).putInt(1);
        segment.putShort((short) orientation).putShort((short) 0);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        out.writeBytes(segment.array());
        out.write(jpeg, 2, jpeg.length - 2);
        return out.toByteArray();
    }

    @Test
    void survivesExifThatEndsAnywhere() throws IOException {
        Path file = folder.resolve("cut.jpg");
        Pictures.write(Pictures.flat(8, 8, 0), file);
        byte[] whole = withOrientation(Files.readAllBytes(file), 6, ByteOrder.BIG_ENDIAN);
        for (int length = 0; length < 60; length++) {
            assertThat(ExifOrientation.of(Arrays.copyOf(whole, length))).isIn(1, 6);
        }
        assertThat(ExifOrientation.of(withOrientation(whole, 9, ByteOrder.BIG_ENDIAN)))
                .isEqualTo(1);
    }

    @Test
    void refusesByNameWhatItCannotRead() throws IOException {
        Path large = folder.resolve("large.png");
        Pictures.write(Pictures.flat(200, 51, 0), large);
        refused(large, "large.png is 200 x 51, more than the 10000 pixels allowed");

        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        refused(text, "text.png is no picture that can be read here");

        Path whole = folder.resolve("whole.png");
        Pictures.write(Pictures.gradient(50, 50), whole);
        byte[] bytes = Files.readAllBytes(whole);
        for (int length : new int[] {20, 40, bytes.length / 2}) {
            refused(
                    Files.write(folder.resolve("cut.png"), Arrays.copyOf(bytes, length)),
                    "cut.png");
        }
        refused(folder.resolve("missing.png"), "missing.png cannot be read");
    }

    /** A few bytes that say they are 60000 x 60000: 14 GB, were they decoded first. */
    @Test
    void believesNoHeaderEnoughToDecodeIt() throws IOException {
        ByteBuffer header = ByteBuffer.allocate(13).putInt(60_000).putInt(60_000);
        header.put(new byte[] {8, 6, 0, 0, 0});
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        chunk(png, "IHDR", header.array());
        chunk(png, "IDAT", new byte[] {0x78, 0x01, 0x03, 0, 0, 0, 0, 1});
        chunk(png, "IEND", new byte[0]);
        Path bomb = Files.write(folder.resolve("bomb.png"), png.toByteArray());

        refused(bomb, "bomb.png is 60000 x 60000, more than the 10000 pixels allowed");
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data)
            throws IOException {
        byte[] named = Arrays.copyOf(type.getBytes(StandardCharsets.US_ASCII), 4 + data.length);
        System.arraycopy(data, 0, named, 4, data.length);
        CRC32 sum = new CRC32();
        sum.update(named);
        out.write(ByteBuffer.allocate(4).putInt(data.length).array());
        out.write(named);
        out.write(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
    }

    /** Newer JDKs read it, older ones do not; none may give another picture. */
    @Test
    void readsCmykOrRefusesItByName() throws IOException {
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 8, 8, 4, null);
        // Adobe writes 255 for no ink: this is cyan.
        raster.setSamples(0, 0, 8, 8, 0, new int[64]);
        for (int band = 1; band < 4; band++) {
            raster.setSamples(0, 0, 8, 8, band, IntStream.generate(() -> 255).limit(64).toArray());
        }
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        Path file = folder.resolve("cmyk.jpg");
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(raster, null, null), null);
        } finally {
            writer.dispose();
        }
        Files.write(file, withAdobeMarker(Files.readAllBytes(file)));
        try {
            List<Integer> pixel = Pictures.at(reader.read(file), 4, 4);
            assertThat(pixel.get(0)).isLessThan(10);
            assertThat(pixel.get(1)).isGreaterThan(245);
            assertThat(pixel.get(2)).isGreaterThan(245);
        } catch (DarkroomException e) {
            assertThat(e).hasMessageContaining("cmyk.jpg has colours that cannot be read here");
        }
    }

    /** Tells that the four channels are CMYK. */
    private static byte[] withAdobeMarker(byte[] jpeg) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        out.writeBytes(new byte[] {-1, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e'});
        out.writeBytes(new byte[] {0, 100, 0, 0, 0, 0, 0});
        out.write(jpeg, 2, jpeg.length - 2);
        return out.toByteArray();
    }

    private void refused(Path file, String reason) {
        assertThatThrownBy(() -> reader.read(file))
                .hasMessageContaining(reason)
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATASET));
    }
}
