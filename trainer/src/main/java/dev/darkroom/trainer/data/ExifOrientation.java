package dev.darkroom.trainer.data;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a JPEG picture is to be turned, as its camera says in the Exif tag 0x0112 (Exif 2.32, 4.6.4):
 * 1 is upright; 2 and 4 are mirrored; 5..8 have their sides exchanged.
 */
final class ExifOrientation {
    private static final int UPRIGHT = 1;
    private static final int START_OF_IMAGE = 0xFFD8;
    private static final int START_OF_SCAN = 0xFFDA;
    private static final int EXIF_SEGMENT = 0xFFE1;
    private static final int EXIF_HEADER = 0x45786966;
    private static final int ORIENTATION = 0x0112;
    private static final int LITTLE_ENDIAN = 0x4949;

    private ExifOrientation() {}

    /** 1..8; 1 where the file is no JPEG or says nothing that makes sense. */
    static int of(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file);
        if (in.remaining() < 4 || (in.getShort() & 0xFFFF) != START_OF_IMAGE) {
            return UPRIGHT;
        }
        while (in.remaining() >= 4) {
            int marker = in.getShort() & 0xFFFF;
            int length = (in.getShort() & 0xFFFF) - 2;
            if (marker < 0xFF00 || marker == START_OF_SCAN || length < 0) {
                return UPRIGHT;
            }
            int next = in.position() + length;
            if (next > in.limit()) {
                return UPRIGHT;
            }
            if (marker == EXIF_SEGMENT && length > 6 && in.getInt() == EXIF_HEADER) {
                in.getShort();
                return ofTiff(in.slice().limit(next - in.position()));
            }
            in.position(next);
        }
        return UPRIGHT;
    }

    private static int ofTiff(ByteBuffer in) {
        if (in.remaining() < 8) {
            return UPRIGHT;
        }
        in.order(in.getShort(0) == LITTLE_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = in.getInt(4);
        if (directory < 8 || directory > in.limit() - 2) {
            return UPRIGHT;
        }
        int entries = in.getShort(directory) & 0xFFFF;
        for (int i = 0; i < entries; i++) {
            int entry = directory + 2 + 12 * i;
            if (entry > in.limit() - 12) {
                return UPRIGHT;
            }
            if ((in.getShort(entry) & 0xFFFF) == ORIENTATION) {
                int value = in.getShort(entry + 8) & 0xFFFF;
                return value >= 1 && value <= 8 ? value : UPRIGHT;
            }
        }
        return UPRIGHT;
    }

    /** The picture upright. */
    static RgbImage turn(RgbImage image, int orientation) {
        if (orientation == UPRIGHT) {
            return image;
        }
        int width = image.width();
        int height = image.height();
        boolean exchanged = orientation >= 5;
        boolean fromRight =
                orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
        boolean fromBottom =
                orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        int turnedWidth = exchanged ? height : width;
        int turnedHeight = exchanged ? width : height;
        byte[] from = image.pixels();
        byte[] to = new byte[from.length];
        for (int y = 0; y < turnedHeight; y++) {
            for (int x = 0; x < turnedWidth; x++) {
                int column = exchanged ? y : x;
                int row = exchanged ? x : y;
                int fromX = fromRight ? width - 1 - column : column;
                int fromY = fromBottom ? height - 1 - row : row;
                System.arraycopy(
                        from,
                        (fromY * width + fromX) * Picture.CHANNELS,
                        to,
                        (y * turnedWidth + x) * Picture.CHANNELS,
                        Picture.CHANNELS);
            }
        }
        return new RgbImage(turnedWidth, turnedHeight, to);
    }
}
