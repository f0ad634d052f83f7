package dev.darkroom.standalone.home;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder for what is being made. It is removed when it is closed or the process is told to end;
 * one whose process was killed is removed when the next of its kind is opened, which is known by a
 * lock on a file in it.
 */
public final class WorkFolder implements AutoCloseable {
    private static final String LOCK = "lock";

    /** Somebody may still write into it while the process ends. */
    private static final int ATTEMPTS = 50;

    private final Path path;
    private final FileChannel lock;
    private final Thread hook = new Thread(this::remove, "darkroom-work-folder");

    private WorkFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Makes one.
     *
     * @param parent made where missing
     * @param prefix of the name: the kind
     */
    public static WorkFolder open(Path parent, String prefix) throws IOException {
        Files.createDirectories(parent);
        removeAbandoned(parent, prefix);
        // Has its name only when it is locked, so that nobody takes it for an abandoned one.
        Path draft = Files.createTempDirectory(parent, ".new-");
        FileChannel channel = channel(draft);
        channel.lock();
        Path path = parent.resolve(prefix + draft.getFileName().toString().substring(5));
        Files.move(draft, path);
        WorkFolder folder = new WorkFolder(path, channel);
        Runtime.getRuntime().addShutdownHook(folder.hook);
        return folder;
    }

    /** Removes those whose process is gone; leaves what cannot be removed. */
    public static void removeAbandoned(Path parent, String prefix) {
        if (!Files.isDirectory(parent)) {
            return;
        }
        try (Stream<Path> entries = Files.list(parent)) {
            for (Path entry : entries.toList()) {
                if (entry.getFileName().toString().startsWith(prefix) && isAbandoned(entry)) {
                    delete(entry);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // Another's, or in use: tried again by the next.
        }
    }

    private static boolean isAbandoned(Path folder) throws IOException {
        try (FileChannel channel = channel(folder);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static FileChannel channel(Path folder) throws IOException {
        return FileChannel.open(
                folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending, and the hook does the same.
        }
        remove();
    }

    private synchronized void remove() {
        IOException last = null;
        for (int attempt = 0; attempt < ATTEMPTS && Files.exists(path); attempt++) {
            try {
                lock.close();
                delete(path);
            } catch (IOException | UncheckedIOException e) {
                last = e instanceof IOException io ? io : new IOException(e);
            }
        }
        if (last != null && Files.exists(path)) {
            throw new UncheckedIOException("cannot remove " + path, last);
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(folder)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        } catch (NoSuchFileException e) {
            return;
        }
        for (Path file : all) {
            Files.deleteIfExists(file);
        }
    }
}
