package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.contract.training.TrainingProvenance;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.StoredObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one checkpoint's folder into the bucket, so that it does no harm to another that brings
 * the same version, however late it is.
 *
 * <p>No object is replaced by another content. What networks and configuration are follows from the
 * version, so those that are there stay, whoever put them. {@code training.json} does not: the one
 * that came first stays, and the manifest names it. The manifest is put last and once.
 */
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
        Map<ObjectKey, Long> there = sizes(checkpoint);
        manifest.files().stream()
                .filter(file -> !isRecord(file))
                .forEach(file -> requireSameSize(checkpoint, file, there));
        List<CheckpointFile> files = new ArrayList<>();
        for (CheckpointFile file : manifest.files()) {
            files.add(put(checkpoint, file, there.keySet()));
        }
        CheckpointManifest published = manifest.withFiles(files);
        byte[] written = published.equals(manifest) ? json : Json.writePretty(published);
        if (!store.putIfAbsent(manifestKey, written, "application/json")) {
            requireSame(checkpoint, published, manifestKey);
        }
        LOG.info("published {}", checkpoint);
    }

    private Map<ObjectKey, Long> sizes(CheckpointId checkpoint) {
        return store.objects(ObjectKeys.checkpointFile(checkpoint, "").value()).stream()
                .collect(Collectors.toMap(StoredObject::key, StoredObject::size));
    }

    private static boolean isRecord(CheckpointFile file) {
        return file.path().equals(TrainingProvenance.FILE);
    }

    /** What an upload that was broken off has left is whole: an object appears at once or never. */
    private static void requireSameSize(
            CheckpointId checkpoint, CheckpointFile file, Map<ObjectKey, Long> there) {
        Long size = there.get(ObjectKeys.checkpointFile(checkpoint, file.path()));
        if (size != null && size != file.size()) {
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT,
                    checkpoint
                            + ": "
                            + file.path()
                            + " is in the bucket with "
                            + size
                            + " bytes, not "
                            + file.size()
                            + "; delete the version from the bucket and publish it again");
        }
    }

    /** Returns the file as it is in the bucket. */
    private CheckpointFile put(CheckpointId checkpoint, CheckpointFile file, Set<ObjectKey> there) {
        ObjectKey key = ObjectKeys.checkpointFile(checkpoint, file.path());
        Path path = folder.resolve(file.path());
        if (isRecord(file)) {
            return putOnce(key, file, path);
        }
        if (!there.contains(key)) {
            store.putFile(key, path, contentType(file.path()));
        }
        return file;
    }

    private CheckpointFile putOnce(ObjectKey key, CheckpointFile file, Path path) {
        if (store.putIfAbsent(key, read(path), contentType(file.path()))) {
            return file;
        }
        return store.find(key)
                .map(first -> new CheckpointFile(file.path(), first.length, Sha256.of(first)))
                .orElseThrow(
                        () ->
                                new DarkroomException(
                                        ErrorCode.STORE_UNAVAILABLE,
                                        key + " was removed while it was published"));
    }

    private byte[] read(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_CHECKPOINT, folder + ": cannot read " + path, e);
        }
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
     * files differ the version is no hash of them, and each may have put some of them.
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
