package dev.darkroom.network.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.contract.tensor.SafetensorsFile;
import dev.darkroom.testing.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffusersFolderTest {
    @TempDir Path folder;

    private final Path source = Checkout.tinyCheckpoint("tiny-sd15");

    /** The checkpoint comes without a tokenizer. */
    private DiffusersFiles files() throws IOException {
        DiffusersFiles files = DiffusersFiles.none();
        for (String path :
                List.of(
                        DiffusersFiles.SCHEDULER,
                        "text_encoder/config.json",
                        "unet/config.json",
                        "vae/config.json")) {
            files = files.with(path, Files.readAllBytes(source.resolve(path)));
        }
        for (String name : List.of("vocab.json", "merges.txt", "tokenizer_config.json")) {
            files =
                    files.with(
                            "tokenizer/" + name,
                            Files.readAllBytes(
                                    Checkout.bundledModel().resolve("tokenizer").resolve(name)));
        }
        return files;
    }

    /** The autoencoder's attention was written with other names before. */
    private static String today(String name) {
        return name.replace(".query.", ".to_q.")
                .replace(".key.", ".to_k.")
                .replace(".value.", ".to_v.")
                .replace(".proj_attn.", ".to_out.0.");
    }

    private void assertSameValues(Path written) {
        for (NetworkFolder network : NetworkFolder.values()) {
            String file = network.folder() + "/" + network.base() + ".safetensors";
            try (SafetensorsFile before = SafetensorsFile.open(source.resolve(file));
                    SafetensorsFile after = SafetensorsFile.open(written.resolve(file))) {
                assertThat(after.metadata()).containsEntry("format", "pt");
                assertThat(after.tensors().keySet())
                        .containsExactlyInAnyOrderElementsOf(
                                before.tensors().keySet().stream()
                                        .filter(name -> !name.endsWith("position_ids"))
                                        .map(DiffusersFolderTest::today)
                                        .toList());
                for (String older : before.tensors().keySet()) {
                    String name = today(older);
                    if (name.endsWith("position_ids")) {
                        continue;
                    }
                    assertThat(after.info(name).type()).isEqualTo(ElementType.F32);
                    assertThat(after.info(name).shape()).isEqualTo(before.info(older).shape());
                    assertThat(Arrays.equals(after.floats(name), before.floats(older)))
                            .as(name)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void givesBackEveryWeightOfAPublishedCheckpointBitByBit() throws Exception {
        Path stages = folder.resolve("stages");
        try (DiffusersCheckpoint checkpoint = DiffusersCheckpoint.open(source)) {
            for (Stage stage : Stage.values()) {
                checkpoint.export(stage, stages.resolve(stage.folder()), done -> {});
            }
        }
        Path written = Files.createDirectory(folder.resolve("written"));
        try (SavedModelWeights text = weights(stages, Stage.TEXT_ENCODER);
                SavedModelWeights unet = weights(stages, Stage.UNET);
                SavedModelWeights decoder = weights(stages, Stage.VAE_DECODER);
                SavedModelWeights encoder = weights(stages, Stage.VAE_ENCODER)) {
            new DiffusersFolder(ElementType.F32)
                    .write(
                            written,
                            files(),
                            stage ->
                                    switch (stage) {
                                        case TEXT_ENCODER -> text;
                                        case UNET -> unet;
                                        case VAE_DECODER -> decoder;
                                        case VAE_ENCODER -> encoder;
                                    });
        }
        assertSameValues(written);
    }

    private static SavedModelWeights weights(Path stages, Stage stage) {
        return new SavedModelWeights(stages.resolve(stage.folder()));
    }

    @Test
    void writesWhatTheSourceFolderHolds() throws Exception {
        try (DiffusersCheckpoint checkpoint = DiffusersCheckpoint.open(source)) {
            new DiffusersFolder(ElementType.F32).write(folder, files(), checkpoint::values);
        }

        assertSameValues(folder);
        assertThat(Files.readAllBytes(folder.resolve("unet/config.json")))
                .isEqualTo(Files.readAllBytes(source.resolve("unet/config.json")));
        assertThat(Files.readString(folder.resolve("model_index.json")))
                .contains("\"StableDiffusionPipeline\"", "\"UNet2DConditionModel\"");
    }

    @Test
    void refusesAValueThatHalfPrecisionCannotHold() throws Exception {
        try (DiffusersCheckpoint checkpoint = DiffusersCheckpoint.open(source)) {
            DiffusersFiles files = files();
            DarkroomException refusal =
                    catchThrowableOfType(
                            DarkroomException.class,
                            () ->
                                    new DiffusersFolder(ElementType.F16)
                                            .write(
                                                    folder,
                                                    files,
                                                    stage ->
                                                            spec -> {
                                                                float[] values =
                                                                        checkpoint
                                                                                .values(stage)
                                                                                .values(spec);
                                                                values[0] = 70_000;
                                                                return values;
                                                            }));
            assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT);
            assertThat(refusal.reason()).contains("text_encoder", "70000", "F16");
        }
    }
}
