package dev.darkroom.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.job.JobId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureFolderTest {
    private static final JobId JOB = new JobId("0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f");
    private static final JobId TWIN = new JobId("0b2d7c1e-ffff-4c58-9d0e-5a1b2c3d4e5f");

    @TempDir Path folder;

    @Test
    void namesPicturesByPromptJobAndIndex() throws IOException {
        Path file = PictureFolder.open(folder).write("A red, red sneaker!", JOB, 3, bytes("x"));

        assertThat(file).isEqualTo(folder.resolve("a-red-red-sneaker-0b2d7c1e-3.png"));
        assertThat(file).hasBinaryContent(bytes("x"));
    }

    @Test
    void keepsEveryPromptOutOfOtherFolders() {
        assertThat(PictureFolder.words("../../etc/passwd")).isEqualTo("etc-passwd-");
        assertThat(PictureFolder.words("\u5bff\u53f8 \ud83c\udf63")).isEmpty();
        assertThat(PictureFolder.words("x".repeat(500))).hasSize(41);
    }

    @Test
    void neverOverwritesAnotherPicture() throws IOException {
        PictureFolder pictures = PictureFolder.open(folder);
        Path first = pictures.write("bag", JOB, 0, bytes("first"));

        Path second = pictures.write("bag", TWIN, 0, bytes("second"));

        assertThat(first).hasBinaryContent(bytes("first"));
        assertThat(second).isNotEqualTo(first).hasBinaryContent(bytes("second"));
    }

    @Test
    void writesTheSamePictureOnce() throws IOException {
        PictureFolder pictures = PictureFolder.open(folder);

        assertThat(pictures.write("bag", JOB, 0, bytes("same")))
                .isEqualTo(pictures.write("bag", JOB, 0, bytes("same")));
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void refusesAFolderThatIsAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThatThrownBy(() -> PictureFolder.open(file))
                .isInstanceOf(DarkroomException.class)
                .hasMessageContaining("file");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }
}
