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
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints on the local disk, in {@code MODEL/VERSION/}; a version is itself a hash of its
 * files.
 *
 * <p>A file that another version has as well, of whichever model, is not fetched again: the two
 * share it by a hard link (a copy where the file system has none), and its SHA-256 is checked as if
 * it had been fetched. A fine-tuned child so brings its UNet alone. Nothing here writes into a file
 * that is there: one that does not match is replaced, and who shares it keeps it.
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

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointCache.class);

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
        List<CheckpointFile> missing = new ArrayList<>();
        for (CheckpointFile file : manifest.files()) {
            Path path = folder.resolve(file.path());
            if (!Files.exists(path) || !matches(path, file)) {
                missing.add(file);
            }
        }
        Map<String, List<Path>> others = missing.isEmpty() ? Map.of() : filesOfOthers(folder);
        int shared = 0;
        int fetched = 0;
        for (CheckpointFile file : missing) {
            Path path = folder.resolve(file.path());
            if (share(others.getOrDefault(file.sha256(), List.of()), file, path)) {
                shared++;
            } else {
                download(manifest.id(), file, path);
                fetched++;
            }
        }
        LOG.info(
                "{}: fetched {} of {} files, shares {} with other versions",
                manifest.id(),
                fetched,
                manifest.files().size(),
                shared);
        Files.write(
                folder.resolve(CheckpointConfiguration.MANIFEST_FILE), Json.writePretty(manifest));
        Optional<String> checked = markOf(manifest, folder);
        if (checked.isPresent()) {
            Files.writeString(mark, checked.get(), StandardCharsets.UTF_8);
        }
    }

    /**
     * Where the files of the other checkpoints of this cache lie, by the SHA-256 they should have.
     */
    private Map<String, List<Path>> filesOfOthers(Path mine) throws IOException {
        Map<String, List<Path>> files = new HashMap<>();
        try (DirectoryStream<Path> models = Files.newDirectoryStream(cache, Files::isDirectory)) {
            for (Path model : models) {
                try (DirectoryStream<Path> versions =
                        Files.newDirectoryStream(model, Files::isDirectory)) {
                    for (Path version : versions) {
                        if (!version.equals(mine)) {
                            manifestIn(version).ifPresent(found -> addFiles(found, version, files));
                        }
                    }
                }
            }
        }
        return files;
    }

    private static void addFiles(
            CheckpointManifest manifest, Path folder, Map<String, List<Path>> files) {
        for (CheckpointFile file : manifest.files()) {
            files.computeIfAbsent(file.sha256(), any -> new ArrayList<>())
                    .add(folder.resolve(file.path()));
        }
    }

    /** Nothing where it is not whole yet, or is just being removed. */
    private static Optional<CheckpointManifest> manifestIn(Path folder) throws IOException {
        try {
            byte[] json = Files.readAllBytes(folder.resolve(CheckpointConfiguration.MANIFEST_FILE));
            return Optional.of(Json.readTolerant(json, CheckpointManifest.class));
        } catch (NoSuchFileException | DarkroomException e) {
            return Optional.empty();
        }
    }

    private static boolean share(List<Path> sources, CheckpointFile file, Path path)
            throws IOException {
        if (sources.isEmpty()) {
            return false;
        }
        Files.createDirectories(Objects.requireNonNull(path.getParent()));
        for (Path source : sources) {
            // What lies there matches nothing: see who calls.
            Files.deleteIfExists(path);
            if (linkOrCopy(source, path) && matches(path, file)) {
                Files.deleteIfExists(part(path));
                return true;
            }
        }
        Files.deleteIfExists(path);
        return false;
    }

    /** Returns false where there is nothing left to share. */
    private static boolean linkOrCopy(Path source, Path path) throws IOException {
        try {
            try {
                Files.createLink(path, source);
            } catch (UnsupportedOperationException | FileSystemException e) {
                // No hard links here, or as many of this file as can be.
                Files.copy(source, path);
            }
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static Path part(Path path) {
        return path.resolveSibling(path.getFileName() + ".part");
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
        Path part = part(path);
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
