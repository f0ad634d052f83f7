package dev.darkroom.trainer.data;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file that one at a time has locked, of this process or another. The lock ends with its process
 * however that ends; the file stays.
 */
public final class LockFile implements AutoCloseable {
    /** Of this process, to which the operating system refuses no lock. */
    private static final Set<Path> TAKEN = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel lock;

    private LockFile(Path file, FileChannel lock) {
        this.file = file;
        this.lock = lock;
    }

    /**
     * The lock, or nothing where another has it.
     *
     * @param folder of the file; exists
     */
    public static Optional<LockFile> tryTake(Path folder, String name) throws IOException {
        Path file = folder.toRealPath().resolve(name);
        // Asked first: where this process has the lock, closing another channel would end it.
        if (!TAKEN.add(file)) {
            return Optional.empty();
        }
        Optional<FileChannel> lock = Optional.empty();
        try {
            lock = tryLock(file);
        } finally {
            if (lock.isEmpty()) {
                TAKEN.remove(file);
            }
        }
        return lock.map(channel -> new LockFile(file, channel));
    }

    private static Optional<FileChannel> tryLock(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            locked = channel.tryLock() != null;
        } finally {
            if (!locked) {
                channel.close();
            }
        }
        return locked ? Optional.of(channel) : Optional.empty();
    }

    @Override
    public void close() throws IOException {
        lock.close();
        TAKEN.remove(file);
    }
}
