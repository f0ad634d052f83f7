package dev.darkroom.standalone.home;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFolderTest {
    @TempDir Path parent;

    @Test
    void leavesNothingBehind() throws IOException {
        Path path;
        try (WorkFolder folder = WorkFolder.open(parent.resolve("work"), "import-")) {
            path = folder.path();
            Files.writeString(Files.createDirectories(path.resolve("a/b")).resolve("c"), "x");
        }

        assertThat(path).doesNotExist();
        assertThat(parent.resolve("work")).isEmptyDirectory();
    }

    @Test
    void removesWhatAKilledProcessLeftButNotWhatIsInUse() throws IOException {
        Path abandoned = Files.createDirectories(parent.resolve("import-1/checkpoint"));
        Path other = Files.createDirectory(parent.resolve("mine"));
        try (WorkFolder first = WorkFolder.open(parent, "import-");
                WorkFolder second = WorkFolder.open(parent, "import-")) {
            assertThat(abandoned.getParent()).doesNotExist();
            assertThat(other).exists();
            assertThat(first.path()).exists().isNotEqualTo(second.path());
        }
    }
}
