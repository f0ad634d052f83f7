package dev.darkroom.trainer.importing;

import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.storage.Sha256;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder in the making beside its place: moved there when whole, removed without a trace
 * otherwise.
 */
public final class CheckpointFolder implements AutoCloseable {
    private static final String MAKING = ".making-";

    private final Path target;
    private final Deque<Path> createdParents = new ArrayDeque<>();
    private final Path folder;
    private boolean kept;

    /**
     * @param target does not exist; its parents are made as needed
     */
    public CheckpointFolder(Path target) throws IOException {
        this.target = target.toAbsolutePath().normalize();
        requireFree();
        Path parent = this.target.getParent();
        if (parent == null) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, target + " cannot be a checkpoint's folder");
        }
        for (Path p = parent; p != null && !Files.exists(p); p = p.getParent()) {
            createdParents.add(p);
        }
        Files.createDirectories(parent);
        folder = Files.createTempDirectory(parent, MAKING);
    }

    /**
     * Removes what was in the making when its process was killed.
     *
     * @param target beside which nobody makes anything now
     */
    public static void removeLeft(Path target) throws IOException {
        Path parent = target.toAbsolutePath().normalize().getParent();
        if (parent == null || Files.notExists(parent)) {
            return;
        }
        try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, MAKING + "*")) {
            for (Path each : left) {
                remove(each);
            }
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private void requireFree() {
        if (Files.exists(target)) {
            throw new DarkroomException(ErrorCode.INVALID_REQUEST, target + " exists already");
        }
    }

    /** Where the folder lies until it is kept. */
    public Path path() {
        return folder;
    }

    /** A place in the folder; its parents are made. */
    public Path resolve(String path) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        return file;
    }

    public void write(String path, byte[] bytes) throws IOException {
        Files.write(resolve(path), bytes);
    }

    /** Every file so far, in the order of their paths. */
    public List<CheckpointFile> files() throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.filter(Files::isRegularFile)
                    .map(file -> describe(folder, file))
                    .sorted(Comparator.comparing(CheckpointFile::path))
                    .toList();
        }
    }

    private static CheckpointFile describe(Path folder, Path file) {
        String path =
                folder.relativize(file)
                        .toString()
                        .replace(file.getFileSystem().getSeparator(), "/");
        try {
            return new CheckpointFile(path, Files.size(file), Sha256.of(file));
        } catch (IOException e) {
            throw new DarkroomException(ErrorCode.INTERNAL, path + " cannot be read back: " + e, e);
        }
    }

    /** Moves the folder to its place. */
    public void keep() throws IOException {
        requireFree();
        try {
            Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(folder, target);
        }
        kept = true;
    }

    @Override
    public void close() throws IOException {
        if (kept) {
            return;
        }
        remove(folder);
        for (Path parent : createdParents) {
            try (Stream<Path> entries = Files.list(parent)) {
                if (entries.findAny().isPresent()) {
                    return;
                }
            }
            Files.delete(parent);
        }
    }
}
