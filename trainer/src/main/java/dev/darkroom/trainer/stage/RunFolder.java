package dev.darkroom.trainer.stage;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.trainer.data.LockFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder of a {@link RecipeRun}, which no other process runs in until this is closed. */
public record RunFolder(Path path, LockFile lock) implements AutoCloseable {
    private static final String LOCK = "run.lock";

    /**
     * @param path made where it is missing
     * @throws DarkroomException {@link ErrorCode#INVALID_REQUEST} where another run goes on there
     */
    public static RunFolder take(Path path) throws IOException {
        Files.createDirectories(path);
        LockFile lock =
                LockFile.tryTake(path, LOCK)
                        .orElseThrow(
                                () ->
                                        new DarkroomException(
                                                ErrorCode.INVALID_REQUEST,
                                                path
                                                        + " is in use: another training goes on in"
                                                        + " it; wait for its end, or take another"
                                                        + " folder"));
        return new RunFolder(path, lock);
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
