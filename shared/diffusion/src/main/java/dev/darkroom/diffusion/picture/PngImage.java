package dev.darkroom.diffusion.picture;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Pictures as PNG files (ISO/IEC 15948): 8-bit RGB with text chunks, {@code tEXt} where the text is
 * Latin-1 and {@code iTXt} (UTF-8) otherwise. The same picture and texts give the same bytes on one
 * machine; another zlib may compress differently.
 */
public final class PngImage {
    public static final String MEDIA_TYPE = "image/png";

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int CHUNK_OVERHEAD = 12;
    private static final int CHANNELS = 3;

    private PngImage() {}

    /** Without any text. */
    public static byte[] encode(RgbImage image) {
        return encode(image, Map.of());
    }

    /**
     * @param texts by keyword (1..79 characters of ASCII), without U+0000; written in the map's
     *     order
     * @throws IllegalArgumentException where a text contains U+0000
     */
    public static byte[] encode(RgbImage image, Map<String, String> texts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(SIGNATURE);
        byte[] header =
                ByteBuffer.allocate(13)
                        .putInt(image.width())
                        .putInt(image.height())
                        .put(new byte[] {8, 2, 0, 0, 0})
                        .array();
        chunk(out, "IHDR", header);
        texts.forEach((keyword, text) -> text(out, keyword, text));
        chunk(out, "IDAT", compress(filter(image)));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    /** The text of that keyword in a file that {@link #encode} made. */
    public static Optional<String> text(byte[] png, String keyword) {
        ByteBuffer in = ByteBuffer.wrap(png);
        if (png.length < SIGNATURE.length) {
            return Optional.empty();
        }
        in.position(SIGNATURE.length);
        while (in.remaining() >= CHUNK_OVERHEAD) {
            int length = in.getInt();
            byte[] type = new byte[4];
            in.get(type);
            if (length < 0 || length > in.remaining() - 4) {
                return Optional.empty();
            }
            byte[] data = new byte[length];
            in.get(data).getInt();
            Optional<String> text =
                    switch (new String(type, StandardCharsets.US_ASCII)) {
                        case "tEXt" -> after(keyword + "\0", data, StandardCharsets.ISO_8859_1);
                        case "iTXt" -> after(keyword + "\0\0\0\0\0", data, StandardCharsets.UTF_8);
                        default -> Optional.empty();
                    };
            if (text.isPresent()) {
                return text;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> after(String prefix, byte[] data, Charset charset) {
        String text = new String(data, charset);
        return text.startsWith(prefix)
                ? Optional.of(text.substring(prefix.length()))
                : Optional.empty();
    }

    private static void text(ByteArrayOutputStream out, String keyword, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("text of a picture contains U+0000");
        }
        if (StandardCharsets.ISO_8859_1.newEncoder().canEncode(text)) {
            chunk(out, "tEXt", (keyword + "\0" + text).getBytes(StandardCharsets.ISO_8859_1));
        } else {
            // keyword, not compressed, method 0, no language, no translated keyword
            String data = keyword + "\0\0\0\0\0" + text;
            chunk(out, "iTXt", data.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        ByteBuffer chunk = ByteBuffer.allocate(data.length + CHUNK_OVERHEAD);
        chunk.putInt(data.length).put(name).put(data).putInt((int) crc.getValue());
        out.writeBytes(chunk.array());
    }

    /** Every row with its filter's number before it; of Sub, Up and Paeth the smallest sum wins. */
    private static byte[] filter(RgbImage image) {
        byte[] pixels = image.pixels();
        int row = image.width() * CHANNELS;
        byte[] filtered = new byte[image.height() * (row + 1)];
        byte[] candidate = new byte[row];
        for (int y = 0; y < image.height(); y++) {
            int target = y * (row + 1);
            long best = Long.MAX_VALUE;
            for (int kind : new int[] {1, 2, 4}) {
                long sum = 0;
                for (int x = 0; x < row; x++) {
                    int at = y * row + x;
                    int left = x >= CHANNELS ? pixels[at - CHANNELS] & 0xff : 0;
                    int up = y > 0 ? pixels[at - row] & 0xff : 0;
                    int corner = x >= CHANNELS && y > 0 ? pixels[at - row - CHANNELS] & 0xff : 0;
                    int predicted =
                            switch (kind) {
                                case 1 -> left;
                                case 2 -> up;
                                default -> paeth(left, up, corner);
                            };
                    candidate[x] = (byte) (pixels[at] - predicted);
                    sum += Math.abs(candidate[x]);
                }
                if (sum < best) {
                    best = sum;
                    filtered[target] = (byte) kind;
                    System.arraycopy(candidate, 0, filtered, target + 1, row);
                }
            }
        }
        return filtered;
    }

    private static int paeth(int left, int up, int corner) {
        int estimate = left + up - corner;
        int toLeft = Math.abs(estimate - left);
        int toUp = Math.abs(estimate - up);
        int toCorner = Math.abs(estimate - corner);
        if (toLeft <= toUp && toLeft <= toCorner) {
            return left;
        }
        return toUp <= toCorner ? up : corner;
    }

    private static byte[] compress(byte[] data) {
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION);
        try {
            deflater.setInput(data);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream(data.length / 2 + 64);
            byte[] buffer = new byte[16 * 1024];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }
}
