package dev.darkroom.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A folder that one server at a time may use; the lock ends with the process, however it ends. */
final class DataFolder implements AutoCloseable {
    private final FileChannel channel;

    private DataFolder(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Makes the folder where it is missing and locks it.
     *
     * @throws IOException where another server, of this process or another, has it
     */
    static DataFolder lock(Path directory) throws IOException {
        Files.createDirectories(directory);
        FileChannel channel =
                FileChannel.open(
                        directory.resolve("in-use.lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        if (tryLock(channel) == null) {
            channel.close();
            throw new IOException(
                    "the folder "
                            + directory
                            + " is in use: another running server keeps its data there");
        }
        return new DataFolder(channel);
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** The lock ends with its channel. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
