package dev.darkroom.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TensorflowNativesTest {
    @Test
    void loadsOnceFromTheFolderThatTheBuildUnpacked() {
        Path unpacked = Path.of(System.getProperty(TensorflowNatives.FOLDER_PROPERTY));

        Path folder = TensorflowNatives.load();

        assertThat(folder).isEqualTo(unpacked.toAbsolutePath());
        assertThat(TensorflowNatives.load()).isSameAs(folder);
    }

    @Test
    void tellsDjlWhereTheLibrariesAreAndNotToDownload() throws Exception {
        Path folder = TensorflowNatives.load();

        assertThat(System.getProperty("TENSORFLOW_LIBRARY_PATH")).isEqualTo(folder.toString());
        assertThat(System.getProperty("ai.djl.offline")).isEqualTo("true");
        try (var files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .anyMatch(name -> name.contains("tensorflow_cc"));
        }
    }
}
