package dev.darkroom.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.testing.Checkout;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffusersExporterTest {
    @TempDir Path folder;

    private CheckpointManifest imported(Path source, String target) {
        return new DiffusersImporter(InstantSource.fixed(Instant.EPOCH))
                .importFolder(
                        source,
                        new ModelName("fashion-sd"),
                        ImportOptions.NONE,
                        folder.resolve(target),
                        (done, total) -> {});
    }

    @Test
    void exportsAFolderThatIsTheSameCheckpointWhenImportedAgain() throws Exception {
        CheckpointManifest first = imported(Checkout.bundledModel(), "first");
        Path exported = folder.resolve("exported");
        DiffusersExporter.export(folder.resolve("first"), exported, ElementType.F16);

        assertThat(imported(exported, "again").version())
                .as("weights, graphs, tokenizer and configuration")
                .isEqualTo(first.version());
        assertThat(Files.readAllBytes(exported.resolve("unet/config.json")))
                .isEqualTo(Files.readAllBytes(Checkout.bundledModel().resolve("unet/config.json")));
    }

    @Test
    void leavesNothingWhereTheCheckpointCannotBeExported() throws IOException {
        imported(Checkout.bundledModel(), "first");
        Files.delete(folder.resolve("first/diffusers/vae/config.json"));

        DarkroomException refusal =
                catchThrowableOfType(
                        DarkroomException.class,
                        () ->
                                DiffusersExporter.export(
                                        folder.resolve("first"),
                                        folder.resolve("exported"),
                                        ElementType.F32));

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT);
        assertThat(refusal.reason()).contains("diffusers/vae/config.json");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(folder.resolve("first"));
        }
    }
}
