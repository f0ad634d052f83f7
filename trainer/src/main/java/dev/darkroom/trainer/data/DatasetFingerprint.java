package dev.darkroom.trainer.data;

import dev.darkroom.contract.storage.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * Tells a data set from another, or from what it was: SHA-256 over a line for each picture with its
 * CRC-32. Every picture takes part and none with a slow hash: that would take longer than decoding
 * them where the JVM does not compile well, and nobody forges his own data.
 */
public final class DatasetFingerprint {
    private DatasetFingerprint() {}

    /** In hexadecimal; equal for equal pictures, captions and classes in the same order. */
    public static String of(ImageDataset dataset) {
        StringBuilder lines = new StringBuilder();
        lines.append(dataset.classes()).append('\n');
        CRC32 checksum = new CRC32();
        for (int i = 0; i < dataset.size(); i++) {
            checksum.reset();
            dataset.check(i, checksum);
            lines.append(dataset.bucket(i)).append(' ').append(checksum.getValue()).append('\n');
        }
        return Sha256.of(lines.toString().getBytes(StandardCharsets.UTF_8));
    }
}
