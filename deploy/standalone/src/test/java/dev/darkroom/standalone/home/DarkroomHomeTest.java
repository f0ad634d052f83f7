package dev.darkroom.standalone.home;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DarkroomHomeTest {
    private static final Path USER = Path.of("/home/ann");

    @TempDir Path folder;

    @Test
    void takesTheFolderThatTheEnvironmentNames() {
        assertThat(DarkroomHome.locate(Map.of("DARKROOM_HOME", "/data"), "Linux", USER).root())
                .isEqualTo(Path.of("/data"));
    }

    @Test
    void takesThePlatformsFolderForData() {
        assertThat(DarkroomHome.locate(Map.of(), "Linux", USER).root())
                .isEqualTo(Path.of("/home/ann/.local/share/darkroom"));
        assertThat(DarkroomHome.locate(Map.of("XDG_DATA_HOME", "/x"), "Linux", USER).root())
                .isEqualTo(Path.of("/x/darkroom"));
        assertThat(DarkroomHome.locate(Map.of("XDG_DATA_HOME", "x"), "Linux", USER).root())
                .isEqualTo(Path.of("/home/ann/.local/share/darkroom"));
        assertThat(DarkroomHome.locate(Map.of(), "Mac OS X", USER).root())
                .isEqualTo(Path.of("/home/ann/Library/Application Support/Darkroom"));
    }

    @Test
    void keepsTheStoresKeysAndShowsThemToTheOwnerOnly() throws IOException {
        DarkroomHome home = new DarkroomHome(folder.resolve("home"));
        home.create();

        StoreCredentials first = StoreCredentials.loadOrCreate(home);

        assertThat(StoreCredentials.loadOrCreate(home)).isEqualTo(first);
        assertThat(first.secretKey()).hasSize(40);
        assertThat(first.toString()).doesNotContain(first.secretKey());
        assumeTrue(DarkroomHome.isPosix());
        assertThat(Files.getPosixFilePermissions(home.credentialsFile()))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.getPosixFilePermissions(home.root()))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void drawsOtherKeysForAnotherHome() {
        DarkroomHome one = new DarkroomHome(folder.resolve("one"));
        DarkroomHome two = new DarkroomHome(folder.resolve("two"));
        one.create();
        two.create();

        assertThat(StoreCredentials.loadOrCreate(one))
                .isNotEqualTo(StoreCredentials.loadOrCreate(two));
    }

    @Test
    void isLockedByOneAtATime() {
        DarkroomHome home = new DarkroomHome(folder);
        try (HomeLock lock = HomeLock.tryAcquire(home).orElseThrow()) {
            assertThat(lock).isNotNull();
            assertThat(HomeLock.tryAcquire(home)).isEmpty();
        }
        try (HomeLock again = HomeLock.tryAcquire(home).orElseThrow()) {
            assertThat(again).isNotNull();
        }
    }

    @Test
    void knowsAPoolWhoseProcessIsGone() throws IOException, InterruptedException {
        Process ended =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-version")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        ended.waitFor();
        DarkroomHome home = new DarkroomHome(folder);

        file(ended.pid()).write(home);

        assertThat(PoolFile.read(home).orElseThrow().isAlive()).isFalse();
        assertThat(file(ProcessHandle.current().pid()).isAlive()).isTrue();
    }

    @Test
    void readsThePoolFileThatItWrote() throws IOException {
        DarkroomHome home = new DarkroomHome(folder);
        assertThat(PoolFile.read(home)).isEmpty();

        file(1).write(home);
        assertThat(PoolFile.read(home)).contains(file(1));

        Files.writeString(home.poolFile(), "{\"pid\":");
        assertThat(PoolFile.read(home)).isEmpty();

        PoolFile.remove(home);
        assertThat(home.poolFile()).doesNotExist();
    }

    private static PoolFile file(long pid) {
        return new PoolFile(
                pid,
                URI.create("http://127.0.0.1:8080"),
                "127.0.0.1:9092",
                URI.create("http://127.0.0.1:9000"),
                "darkroom",
                "us-east-1",
                Optional.of("/data/credentials.json"));
    }
}
