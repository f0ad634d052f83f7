package dev.darkroom.standalone.home;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * {@code pool.json}: where the pool of a home listens while it is up. Left behind by a process that
 * was killed, so whoever reads it asks {@link #isAlive} and then the pool itself.
 *
 * @param pid of the process
 * @param http the producer's address
 * @param kafka bootstrap servers
 * @param s3 the store's endpoint
 * @param bucket in the store
 * @param region of the store
 * @param credentialsFile holds the store's keys where the store is the pool's own
 */
public record PoolFile(
        long pid,
        URI http,
        String kafka,
        URI s3,
        String bucket,
        String region,
        Optional<String> credentialsFile) {

    /** Written whole or not at all. */
    public void write(DarkroomHome home) {
        Path file = home.poolFile();
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.write(draft, Json.writePretty(this));
            Files.move(
                    draft,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED, "cannot write " + file + ": " + e, e);
        }
    }

    /** What the home's file says; nothing where there is none or it cannot be read. */
    public static Optional<PoolFile> read(DarkroomHome home) {
        try {
            return Optional.of(
                    Json.readTolerant(Files.readAllBytes(home.poolFile()), PoolFile.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | DarkroomException e) {
            return Optional.empty();
        }
    }

    /** Removes the home's file; one that is not there is no error. */
    public static void remove(DarkroomHome home) {
        try {
            Files.deleteIfExists(home.poolFile());
        } catch (IOException e) {
            // Whoever finds it sees that the process is gone.
        }
    }

    /** Whether the process that wrote the file still runs. */
    public boolean isAlive() {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
}
