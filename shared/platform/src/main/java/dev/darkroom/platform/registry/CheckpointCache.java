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
import dev.darkroom.platform.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Checkpoints on the local disk, in {@code MODEL/VERSION/}.
 *
 * <p>Beside each folder lie its lock and, once all files have been checked, its mark: every file's
 * size, time of change and SHA-256. While the mark says what the disk says, gigabytes need not be
 * read again at each start; a file that was cut, replaced or edited has another size or time.
 *
 * <p>A file on its way is named {@code .part}. It outlives its process, and the next download goes
 * on where it ends.
 */
final class CheckpointCache {
    /** The lock on a file holds between processes; within this one it must be had first. */
    private static final ConcurrentMap<Path, Object> HERE = new ConcurrentHashMap<>();

    private final ObjectStore store;
    private final Path cache;

    CheckpointCache(ObjectStore store, Path cache) {
        this.store = store;
        this.cache = cache.toAbsolutePath().normalize();
    }

    Path fetch(CheckpointManifest manifest) {
        Path model = cache.resolve(manifest.model().value());
        Path folder = model.resolve(manifest.version().value());
        Path lock = model.resolve(manifest.version() + ".lock");
        Path mark = model.resolve(manifest.version() + ".checked");
        try {
            Files.createDirectories(folder);
            synchronized (HERE.computeIfAbsent(lock, any -> new Object())) {
                try (FileChannel channel =
                                FileChannel.open(
                                        lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                        FileLock held = channel.lock()) {
                    if (held.isValid() && !isChecked(manifest, folder, mark)) {
                        bring(manifest, folder, mark);
                    }
                }
            }
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED, "cannot write the cache " + folder, e);
        }
        return folder;
    }

    private static boolean isChecked(CheckpointManifest manifest, Path folder, Path mark)
            throws IOException {
        Optional<String> now = markOf(manifest, folder);
        return Files.exists(mark) && now.isPresent() && now.get().equals(Files.readString(mark));
    }

    /** Nothing where a file is missing. */
    private static Optional<String> markOf(CheckpointManifest manifest, Path folder)
            throws IOException {
        StringBuilder text = new StringBuilder();
        for (CheckpointFile file : manifest.files()) {
            Path path = folder.resolve(file.path());
            try {
                text.append(file.path())
                        .append(' ')
                        .append(Files.size(path))
                        .append(' ')
                        .append(Files.getLastModifiedTime(path))
                        .append(' ')
                        .append(file.sha256())
                        .append('\n');
            } catch (NoSuchFileException e) {
                return Optional.empty();
            }
        }
        return Optional.of(text.toString());
    }

    private void bring(CheckpointManifest manifest, Path folder, Path mark) throws IOException {
        for (CheckpointFile file : manifest.files()) {
            Path path = folder.resolve(file.path());
            if (!Files.exists(path) || !matches(path, file)) {
                download(manifest.id(), file, path);
            }
        }
        Files.write(
                folder.resolve(CheckpointConfiguration.MANIFEST_FILE), Json.writePretty(manifest));
        Optional<String> checked = markOf(manifest, folder);
        if (checked.isPresent()) {
            Files.writeString(mark, checked.get(), StandardCharsets.UTF_8);
        }
    }

    private static boolean matches(Path path, CheckpointFile file) throws IOException {
        return Files.size(path) == file.size() && Sha256.of(path).equals(file.sha256());
    }

    private void download(CheckpointId checkpoint, CheckpointFile file, Path path)
            throws IOException {
        ObjectKey key = ObjectKeys.checkpointFile(checkpoint, file.path());
        long size =
                store.size(key)
                        .orElseThrow(() -> corrupt(checkpoint, file, "is not in the bucket"));
        if (size != file.size()) {
            throw corrupt(
                    checkpoint, file, "has " + size + " bytes, its manifest says " + file.size());
        }
        Files.createDirectories(Objects.requireNonNull(path.getParent()));
        Path part = path.resolveSibling(path.getFileName() + ".part");
        long had = Files.exists(part) ? Files.size(part) : 0;
        complete(checkpoint, file, part, had);
        if (had > 0 && !matches(part, file)) {
            // What lay there was no beginning of this file: a machine that stopped leaves such.
            complete(checkpoint, file, part, 0);
        }
        if (!matches(part, file)) {
            Files.delete(part);
            throw corrupt(checkpoint, file, "has another SHA-256 than its manifest says");
        }
        Files.move(part, path, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Goes on where an earlier download was cut off; one that is cut off now leaves its part. */
    private void complete(CheckpointId checkpoint, CheckpointFile file, Path part, long had)
            throws IOException {
        if (had > 0 && had == file.size()) {
            return;
        }
        ObjectKey key = ObjectKeys.checkpointFile(checkpoint, file.path());
        if (!store.download(key, part, had < file.size() ? had : 0)) {
            throw corrupt(checkpoint, file, "is not in the bucket");
        }
    }

    private static DarkroomException corrupt(
            CheckpointId checkpoint, CheckpointFile file, String why) {
        return new DarkroomException(
                ErrorCode.CORRUPT_CHECKPOINT, checkpoint + ": " + file.path() + " " + why);
    }
}
