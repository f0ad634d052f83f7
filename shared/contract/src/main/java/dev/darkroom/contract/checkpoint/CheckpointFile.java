package dev.darkroom.contract.checkpoint;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.regex.Pattern;

/**
 * One file of a checkpoint.
 *
 * @param path relative, with '/', never leaving the checkpoint's folder
 * @param size bytes
 * @param sha256 lower-case hex
 */
public record CheckpointFile(String path, long size, String sha256) {
    private static final Pattern PATH =
            Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    public CheckpointFile {
        if (!PATH.matcher(path).matches() || size < 0 || !SHA256.matcher(sha256).matches()) {
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT, "manifest names an impossible file: " + path);
        }
    }
}
