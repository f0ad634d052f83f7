package dev.darkroom.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LockFileTest {
    private static final String NAME = "one.lock";

    @TempDir Path folder = Path.of("");

    @Test
    void isHeldByOneOfThisProcessAtATime() throws IOException {
        Path other = Files.createSymbolicLink(folder.resolve("other"), folder);

        try (LockFile held = LockFile.tryTake(folder, NAME).orElseThrow()) {
            assertThat(held).isNotNull();
            assertThat(LockFile.tryTake(folder, NAME)).isEmpty();
            assertThat(LockFile.tryTake(other, NAME)).isEmpty();
        }
        take(other);
    }

    @Test
    void isHeldByOneProcessAtATimeAndEndsWithIt() throws Exception {
        Process holder =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Holder.class.getName(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try {
            assertThat(holder.getInputStream().read()).isEqualTo(Holder.HELD);
            assertThat(LockFile.tryTake(folder, NAME)).isEmpty();
        } finally {
            holder.destroyForcibly().waitFor();
        }
        take(folder);
    }

    private static void take(Path folder) throws IOException {
        Optional<LockFile> taken = LockFile.tryTake(folder, NAME);
        assertThat(taken).isPresent();
        taken.get().close();
    }

    /** Takes the lock, says so and keeps it until its process is killed. */
    static final class Holder {
        static final int HELD = 'h';

        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            try (LockFile held = LockFile.tryTake(Path.of(arguments[0]), NAME).orElseThrow()) {
                System.out.write(held == null ? '-' : HELD);
                System.out.flush();
                Thread.sleep(Long.MAX_VALUE);
            }
        }
    }
}
