package dev.darkroom.trainer.service;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A folder that one trainer has for itself while it lives: of those that are set to work in the
 * same place each gets another, also one that was given up on and does not know it yet.
 *
 * <p>The lock ends with its process however that ends, and who comes next finds what was left: the
 * same folders are taken again.
 */
final class OwnFolder implements AutoCloseable {
    /** Of this process, to which the operating system refuses no lock. */
    private static final Set<Path> TAKEN = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final Path lockFile;
    private final FileChannel lock;

    private OwnFolder(Path path, Path lockFile, FileChannel lock) {
        this.path = path;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /**
     * The first that is free.
     *
     * @param place made where it is missing
     */
    static OwnFolder in(Path place) throws IOException {
        for (int number = 0; ; number++) {
            Optional<OwnFolder> free = tryTake(place, Integer.toString(number));
            if (free.isPresent()) {
                return free.get();
            }
        }
    }

    private static Optional<OwnFolder> tryTake(Path place, String name) throws IOException {
        Path own = Files.createDirectories(place.resolve(name)).toRealPath();
        Path file = own.resolveSibling(name + ".lock");
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
        return lock.map(channel -> new OwnFolder(own, file, channel));
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

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        lock.close();
        TAKEN.remove(lockFile);
    }
}
