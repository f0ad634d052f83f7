package dev.darkroom.trainer.service;

import dev.darkroom.trainer.data.LockFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A folder that one trainer has for itself while it lives: of those that are set to work in the
 * same place each gets another, also one that was given up on and does not know it yet.
 *
 * <p>The lock ends with its process however that ends, and who comes next finds what was left: the
 * same folders are taken again.
 */
record OwnFolder(Path path, LockFile lock) implements AutoCloseable {
    /**
     * The first that is free.
     *
     * @param place made where it is missing
     */
    static OwnFolder in(Path place) throws IOException {
        for (int number = 0; ; number++) {
            Path own = Files.createDirectories(place.resolve(Integer.toString(number)));
            Optional<LockFile> free = LockFile.tryTake(place, number + ".lock");
            if (free.isPresent()) {
                return new OwnFolder(own.toRealPath(), free.get());
            }
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
