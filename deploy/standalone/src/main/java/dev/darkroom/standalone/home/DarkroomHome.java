package dev.darkroom.standalone.home;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/**
 * The folder where a pool keeps everything: the queue's log, the bucket, the workers' cache, logs.
 *
 * @param root absolute
 */
public record DarkroomHome(Path root) {
    /** Names another folder than the platform's usual one. */
    public static final String VARIABLE = "DARKROOM_HOME";

    public DarkroomHome {
        root = root.toAbsolutePath().normalize();
    }

    /**
     * {@code DARKROOM_HOME}; else the platform's folder for a user's data: {@code
     * ~/Library/Application Support/Darkroom} on macOS, {@code $XDG_DATA_HOME/darkroom} or {@code
     * ~/.local/share/darkroom} elsewhere.
     *
     * @param operatingSystem as in the system property {@code os.name}
     */
    public static DarkroomHome locate(
            Map<String, String> environment, String operatingSystem, Path userHome) {
        String named = environment.getOrDefault(VARIABLE, "");
        if (!named.isBlank()) {
            return new DarkroomHome(Path.of(named));
        }
        if (operatingSystem.startsWith("Mac")) {
            return new DarkroomHome(userHome.resolve("Library/Application Support/Darkroom"));
        }
        String data = environment.getOrDefault("XDG_DATA_HOME", "");
        // The XDG specification tells readers to ignore relative paths.
        Path base =
                data.isBlank() || !Path.of(data).isAbsolute()
                        ? userHome.resolve(".local/share")
                        : Path.of(data);
        return new DarkroomHome(base.resolve("darkroom"));
    }

    /** Makes the folder, for its owner only where the file system knows owners. */
    public void create() {
        try {
            Path parent = root.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            if (!Files.isDirectory(root)) {
                if (isPosix()) {
                    Files.createDirectory(
                            root,
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx------")));
                } else {
                    Files.createDirectory(root);
                }
            }
            Files.createDirectories(logFolder());
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED, "cannot make the folder " + root + ": " + e, e);
        }
    }

    /** The broker's log directory. */
    public Path queue() {
        return root.resolve("kafka");
    }

    /** The bucket's files. */
    public Path store() {
        return root.resolve("s3");
    }

    /** Checkpoints that a worker has fetched; may be removed while nothing runs. */
    public Path cache() {
        return root.resolve("cache");
    }

    /** The classifiers that evaluations judge by, one to a data set. */
    public Path judges() {
        return root.resolve("judges");
    }

    /** Holds what is being made, and nothing afterwards. */
    public Path workFolder() {
        return root.resolve("work");
    }

    public Path logFolder() {
        return root.resolve("logs");
    }

    public Path logFile() {
        return logFolder().resolve("darkroom.log");
    }

    /** Says where the pool that is up listens. */
    public Path poolFile() {
        return root.resolve("pool.json");
    }

    /** Held by the process that has the queue and the bucket open. */
    public Path lockFile() {
        return root.resolve("lock");
    }

    /** The bucket's keys, readable by the owner only. */
    public Path credentialsFile() {
        return root.resolve("credentials.json");
    }

    static boolean isPosix() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
