package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings one checkpoint's folder into the bucket. */
final class CheckpointUpload {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointUpload.class);

    private final ObjectStore store;
    private final Path folder;

    CheckpointUpload(ObjectStore store, Path folder) {
        this.store = store;
        this.folder = folder;
    }

    void run() {
        byte[] json = readManifest();
        CheckpointManifest manifest =
                Manifests.read(json, folder.toString(), ErrorCode.INVALID_CHECKPOINT);
        CheckpointId checkpoint = manifest.id();
        ObjectKey manifestKey = ObjectKeys.checkpointManifest(checkpoint);
        if (store.size(manifestKey).isPresent()) {
            LOG.info("{} is published already", checkpoint);
            return;
        }
        manifest.files().forEach(this::requireMatch);
        for (CheckpointFile file : manifest.files()) {
            store.putFile(
                    ObjectKeys.checkpointFile(checkpoint, file.path()),
                    folder.resolve(file.path()),
                    contentType(file.path()));
        }
        if (!store.putIfAbsent(manifestKey, json, "application/json")) {
            requireSame(checkpoint, manifest, manifestKey);
        }
        LOG.info("published {}", checkpoint);
    }

    private byte[] readManifest() {
        try {
            return Files.readAllBytes(folder.resolve(CheckpointConfiguration.MANIFEST_FILE));
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_CHECKPOINT,
                    folder
                            + " is no checkpoint: cannot read "
                            + CheckpointConfiguration.MANIFEST_FILE,
                    e);
        }
    }

    private void requireMatch(CheckpointFile file) {
        Path path = folder.resolve(file.path());
        try {
            if (Files.size(path) == file.size() && Sha256.of(path).equals(file.sha256())) {
                return;
            }
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_CHECKPOINT, folder + ": cannot read " + file.path(), e);
        }
        throw new DarkroomException(
                ErrorCode.INVALID_CHECKPOINT,
                folder + ": " + file.path() + " does not match the manifest");
    }

    /**
     * Of two that publish one version at once the slower finds the other's manifest. Where their
     * files differ its own uploads may have replaced some of the other's.
     */
    private void requireSame(CheckpointId checkpoint, CheckpointManifest ours, ObjectKey key) {
        boolean same =
                store.find(key)
                        .map(json -> Manifests.read(json, checkpoint).files().equals(ours.files()))
                        .orElse(false);
        if (!same) {
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT,
                    checkpoint
                            + ": was published by another at the same time with other files;"
                            + " delete it from the bucket and publish it again");
        }
    }

    private static String contentType(String path) {
        return path.endsWith(".json") ? "application/json" : "application/octet-stream";
    }
}
