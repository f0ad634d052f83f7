package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
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
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Checkpoints on the local disk, in {@code MODEL/VERSION/}.
 *
 * <p>Beside each folder lie its lock and, once all files have been checked, its mark: every file's
 * size, time of change and SHA-256. While the mark says what the disk says, gigabytes need not be
 * read again at each start; a file that was cut, replaced or edited has another size or time.
 *
 * <p>A file on its way is named {@code .part}. It outlives its process, and the next download goes
 * on where it ends.
 *
 * <p>The lock's time of change is when the version was last asked for. What nobody asked for in a
 * while may be removed: other processes that share the cache have loaded it by then, and who has
 * loaded it reads it no more.
 */
final class CheckpointCache {
    /** The lock on a file holds between processes; within this one it must be had first. */
    private static final ConcurrentMap<Path, ReentrantLock> HERE = new ConcurrentHashMap<>();

    private static final Duration LOADING = Duration.ofMinutes(10);
    private static final String LOCK = ".lock";
    private static final String MARK = ".checked";

    private final ObjectStore store;
    private final Path cache;

    CheckpointCache(ObjectStore store, Path cache) {
        this.store = store;
        this.cache = cache.toAbsolutePath().normalize();
    }

    Path fetch(CheckpointManifest manifest) {
        Path model = cache.resolve(manifest.model().value());
        Path folder = model.resolve(manifest.version().value());
        Path lock = model.resolve(manifest.version() + LOCK);
        Path mark = model.resolve(manifest.version() + MARK);
        try {
            Files.createDirectories(folder);
            ReentrantLock here = HERE.computeIfAbsent(lock, any -> new ReentrantLock());
            here.lock();
            try {
                try (FileChannel channel =
                                FileChannel.open(
                                        lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                        FileLock held = channel.lock()) {
                    if (held.isValid() && !isChecked(manifest, folder, mark)) {
                        bring(manifest, folder, mark);
                    }
                    Files.setLastModifiedTime(lock, FileTime.from(Instant.now()));
                }
            } finally {
                here.unlock();
            }
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED, "cannot write the cache " + folder, e);
        }
        return folder;
    }

    /**
     * Removes a model's other versions, but for those that were asked for a moment ago or are on
     * their way.
     *
     * @return those removed
     */
    List<CheckpointVersion> removeOthers(ModelName model, Set<CheckpointVersion> keep)
            throws IOException {
        Path folder = cache.resolve(model.value());
        List<Path> locks = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*" + LOCK)) {
            found.forEach(locks::add);
        } catch (NoSuchFileException e) {
            return List.of();
        }
        List<CheckpointVersion> removed = new ArrayList<>();
        for (Path lock : locks) {
            String name = lock.getFileName().toString();
            String version = name.substring(0, name.length() - LOCK.length());
            if (keep.stream().noneMatch(kept -> kept.value().equals(version))
                    && Files.exists(folder.resolve(version))
                    && removeUnused(lock, folder.resolve(version))) {
                removed.add(new CheckpointVersion(version));
            }
        }
        return removed;
    }

    /** The lock stays: another process may wait for it. */
    private static boolean removeUnused(Path lock, Path folder) throws IOException {
        ReentrantLock here = HERE.computeIfAbsent(lock, any -> new ReentrantLock());
        if (!here.tryLock()) {
            return false;
        }
        try {
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                    FileLock held = channel.tryLock()) {
                Instant recently = Instant.now().minus(LOADING);
                if (held == null || Files.getLastModifiedTime(lock).toInstant().isAfter(recently)) {
                    return false;
                }
                Files.deleteIfExists(folder.resolveSibling(folder.getFileName() + MARK));
                try (Stream<Path> walk = Files.walk(folder)) {
                    for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(path);
                    }
                }
                return true;
            }
        } finally {
            here.unlock();
        }
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
