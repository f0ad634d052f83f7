package dev.darkroom.trainer.data;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Fashion-MNIST in small: the same files, with pictures that a test knows. */
public final class FashionFiles {
    private FashionFiles() {}

    /** One picture a grey: a square of 20 x 20 in the middle; the label is the index modulo 10. */
    public static void write(Path folder, String split, boolean gzip, int... greys)
            throws IOException {
        byte[] pixels = new byte[greys.length * 28 * 28];
        byte[] labels = new byte[greys.length];
        for (int i = 0; i < greys.length; i++) {
            labels[i] = (byte) (i % 10);
            for (int y = 4; y < 24; y++) {
                for (int x = 4; x < 24; x++) {
                    pixels[(i * 28 + y) * 28 + x] = (byte) greys[i];
                }
            }
        }
        write(folder.resolve(split + "-images-idx3-ubyte"), gzip, pixels, greys.length, 28, 28);
        write(folder.resolve(split + "-labels-idx1-ubyte"), gzip, labels, greys.length);
    }

    static void write(Path file, boolean gzip, byte[] values, int... lengths) throws IOException {
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(plain);
        out.writeInt(8 << 8 | lengths.length);
        for (int length : lengths) {
            out.writeInt(length);
        }
        out.write(values);
        Path named = gzip ? file.resolveSibling(file.getFileName() + ".gz") : file;
        try (OutputStream to =
                gzip
                        ? new GZIPOutputStream(Files.newOutputStream(named))
                        : Files.newOutputStream(named)) {
            to.write(plain.toByteArray());
        }
    }
}
