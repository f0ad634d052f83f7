package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;

/** The JSON files of a published checkpoint, read back. */
final class Manifests {
    private Manifests() {}

    static CheckpointManifest read(byte[] json, CheckpointId checkpoint) {
        CheckpointManifest manifest =
                parse(
                        json,
                        CheckpointManifest.class,
                        checkpoint + ": " + CheckpointConfiguration.MANIFEST_FILE);
        if (!manifest.id().equals(checkpoint)) {
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT,
                    checkpoint + ": its manifest is that of " + manifest.id());
        }
        if (manifest.format() != CheckpointManifest.FORMAT) {
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT,
                    checkpoint
                            + ": has format "
                            + manifest.format()
                            + ", this version reads "
                            + CheckpointManifest.FORMAT);
        }
        return manifest;
    }

    static CheckpointConfiguration readConfiguration(byte[] json, CheckpointId checkpoint) {
        return parse(
                json,
                CheckpointConfiguration.class,
                checkpoint + ": " + CheckpointConfiguration.FILE);
    }

    private static <T> T parse(byte[] json, Class<T> type, String name) {
        try {
            return Json.readTolerant(json, type);
        } catch (DarkroomException e) {
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT, name + " is not readable: " + e.reason(), e);
        }
    }
}
