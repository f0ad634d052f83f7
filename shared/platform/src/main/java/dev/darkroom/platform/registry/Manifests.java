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
                read(json, checkpoint.toString(), ErrorCode.CORRUPT_CHECKPOINT);
        if (!manifest.id().equals(checkpoint)) {
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT,
                    checkpoint + ": its manifest is that of " + manifest.id());
        }
        return manifest;
    }

    /**
     * @param whose what the manifest belongs to, for people
     * @param refusal code of the exception where it is no manifest, or one of another format
     */
    static CheckpointManifest read(byte[] json, String whose, ErrorCode refusal) {
        CheckpointManifest manifest =
                parse(
                        json,
                        CheckpointManifest.class,
                        whose + ": " + CheckpointConfiguration.MANIFEST_FILE,
                        refusal);
        if (manifest.format() != CheckpointManifest.FORMAT) {
            throw new DarkroomException(
                    refusal,
                    whose
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
                checkpoint + ": " + CheckpointConfiguration.FILE,
                ErrorCode.CORRUPT_CHECKPOINT);
    }

    private static <T> T parse(byte[] json, Class<T> type, String name, ErrorCode refusal) {
        try {
            return Json.readTolerant(json, type);
        } catch (DarkroomException e) {
            throw new DarkroomException(refusal, name + " is not readable: " + e.reason(), e);
        }
    }
}
