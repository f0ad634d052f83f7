package dev.darkroom.trainer.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * An IDX file of unsigned bytes, as the MNIST family comes in: 0, 0, 8, the number of axes, their
 * lengths as big-endian 32-bit integers, the values row by row. Compressed with gzip or plain,
 * which the first bytes tell.
 */
final class IdxFile {
    private static final int UNSIGNED_BYTE = 8;
    private static final int GZIP_FIRST = 0x1f;
    private static final int GZIP_SECOND = 0x8b;

    /** More than any data set of this form has; a header that says more is broken. */
    private static final long MAX_BYTES = 1L << 30;

    private final Path file;
    private final List<Integer> lengths;
    private final byte[] values;

    private IdxFile(Path file, List<Integer> lengths, byte[] values) {
        this.file = file;
        this.lengths = lengths;
        this.values = values;
    }

    /** Reads {@code name} or {@code name.gz} in a folder. */
    static IdxFile read(Path folder, String name) {
        for (String ending : List.of("", ".gz")) {
            Path file = folder.resolve(name + ending);
            if (Files.isRegularFile(file)) {
                return read(file);
            }
        }
        throw InvalidDataset.because(folder + " has neither " + name + " nor " + name + ".gz");
    }

    private static IdxFile read(Path file) {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
                InputStream plain = decompressed(raw)) {
            return read(file, new DataInputStream(plain));
        } catch (EOFException e) {
            throw InvalidDataset.because(file + " ends before its values do", e);
        } catch (IOException e) {
            throw InvalidDataset.because(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static InputStream decompressed(InputStream raw) throws IOException {
        raw.mark(2);
        boolean gzip = raw.read() == GZIP_FIRST && raw.read() == GZIP_SECOND;
        raw.reset();
        return gzip ? new GZIPInputStream(raw, 1 << 16) : raw;
    }

    private static IdxFile read(Path file, DataInputStream in) throws IOException {
        int magic = in.readInt();
        int axes = magic & 0xFF;
        if (magic >>> 8 != UNSIGNED_BYTE || axes < 1) {
            throw InvalidDataset.because(
                    String.format("%s begins with %08x: no IDX file of bytes", file, magic));
        }
        List<Integer> lengths = new ArrayList<>();
        long bytes = 1;
        for (int axis = 0; axis < axes; axis++) {
            int length = in.readInt();
            lengths.add(length);
            bytes = length < 1 || bytes > MAX_BYTES ? -1 : bytes * length;
            if (bytes < 1 || bytes > MAX_BYTES) {
                throw InvalidDataset.because(file + " has axes of " + lengths + " values");
            }
        }
        byte[] values = in.readNBytes((int) bytes);
        if (values.length < bytes) {
            throw new EOFException();
        }
        if (in.read() >= 0) {
            throw InvalidDataset.because(file + " goes on after its values");
        }
        return new IdxFile(file, List.copyOf(lengths), values);
    }

    /** Length of each axis. */
    List<Integer> lengths() {
        return lengths;
    }

    /** The values row by row; not to be changed. */
    byte[] values() {
        return values;
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
