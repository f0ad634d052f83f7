package dev.darkroom.standalone.home;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The keys of a home's bucket: drawn once, kept in a file that only the owner reads. */
public record StoreCredentials(String accessKey, String secretKey) {
    private static final int SECRET_BYTES = 20;

    /** The home's keys; drawn and written where there are none yet. The caller holds the lock. */
    public static StoreCredentials loadOrCreate(DarkroomHome home) {
        Path file = home.credentialsFile();
        try {
            if (Files.exists(file)) {
                return load(home);
            }
            byte[] secret = new byte[SECRET_BYTES];
            new SecureRandom().nextBytes(secret);
            StoreCredentials drawn =
                    new StoreCredentials("darkroom", HexFormat.of().formatHex(secret));
            Path draft = file.resolveSibling(file.getFileName() + ".new");
            Files.deleteIfExists(draft);
            if (DarkroomHome.isPosix()) {
                Files.createFile(
                        draft,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
            }
            Files.write(draft, Json.writePretty(drawn));
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
            return drawn;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** The keys that a running pool wrote. */
    public static StoreCredentials load(DarkroomHome home) {
        Path file = home.credentialsFile();
        try {
            return Json.readTolerant(Files.readAllBytes(file), StoreCredentials.class);
        } catch (IOException | DarkroomException e) {
            throw unreadable(file, e);
        }
    }

    private static DarkroomException unreadable(Path file, Exception e) {
        return new DarkroomException(
                ErrorCode.MISCONFIGURED, "cannot use the store's keys in " + file + ": " + e, e);
    }

    /** Leaves out the secret. */
    @Override
    public String toString() {
        return "StoreCredentials[" + accessKey + "]";
    }
}
