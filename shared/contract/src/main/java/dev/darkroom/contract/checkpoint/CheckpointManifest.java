package dev.darkroom.contract.checkpoint;

import java.time.Instant;
import java.util.List;

/**
 * Every file of a checkpoint with its size and SHA-256; written last, so that a checkpoint with a
 * manifest is whole.
 *
 * @param format of the checkpoint's folder; {@link #FORMAT} here
 * @param source where it came from, for people: an imported folder's name, a training run
 */
public record CheckpointManifest(
        int format,
        ModelName model,
        CheckpointVersion version,
        String source,
        Instant createdAt,
        List<CheckpointFile> files) {
    /** Raised when the layout of a checkpoint's folder changes; part of the version's hash. */
    public static final int FORMAT = 1;

    public CheckpointManifest {
        files = List.copyOf(files);
    }

    public CheckpointId id() {
        return new CheckpointId(model, version);
    }

    /** The same of other files. */
    public CheckpointManifest withFiles(List<CheckpointFile> others) {
        return new CheckpointManifest(format, model, version, source, createdAt, others);
    }

    public long totalSize() {
        return files.stream().mapToLong(CheckpointFile::size).sum();
    }
}
