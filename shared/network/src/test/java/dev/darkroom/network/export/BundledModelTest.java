package dev.darkroom.network.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.network.export.ServedStage.Array;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.Goldens;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bundled checkpoint's SavedModels against what diffusers computed with it. */
class BundledModelTest {
    @TempDir static Path folder;
    static ServedStage text;
    static ServedStage unet;
    static ServedStage decoder;
    static ServedStage encoder;

    @BeforeAll
    static void export() throws Exception {
        try (DiffusersCheckpoint checkpoint = DiffusersCheckpoint.open(Checkout.bundledModel())) {
            for (Stage stage : Stage.values()) {
                checkpoint.export(stage, folder.resolve(stage.folder()), done -> {});
            }
        }
        text = new ServedStage(folder.resolve(Stage.TEXT_ENCODER.folder()));
        unet = new ServedStage(folder.resolve(Stage.UNET.folder()));
        decoder = new ServedStage(folder.resolve(Stage.VAE_DECODER.folder()));
        encoder = new ServedStage(folder.resolve(Stage.VAE_ENCODER.folder()));
    }

    @AfterAll
    static void close() {
        for (ServedStage stage : new ServedStage[] {text, unet, decoder, encoder}) {
            stage.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void computesWhatDiffusersComputed(int number) {
        try (Goldens goldens =
                Goldens.open(Goldens.folder().resolve("fashion-sd"), "case" + number)) {
            int[] ids = new int[77];
            int[] negative = new int[77];
            long[] storedIds = goldens.tensors().integers("input_ids");
            long[] storedNegative = goldens.tensors().integers("negative_input_ids");
            for (int i = 0; i < 77; i++) {
                ids[i] = (int) storedIds[i];
                negative[i] = (int) storedNegative[i];
            }
            Map<String, Array> embedded =
                    text.run(Map.of(Stage.TOKEN_IDS, new int[][] {ids, negative}));
            float[] both = embedded.get(Stage.TEXT_EMBEDDING).values();
            int half = both.length / 2;
            assertNear(
                    java.util.Arrays.copyOf(both, half), goldens.floats("text_embeddings"), 1e-4);
            assertNear(
                    java.util.Arrays.copyOfRange(both, half, both.length),
                    goldens.floats("negative_text_embeddings"),
                    1e-4);
            assertNear(
                    java.util.Arrays.copyOf(embedded.get(Stage.POOLED_EMBEDDING).values(), 64),
                    goldens.floats("text_pooled"),
                    1e-4);

            for (int timestep : new int[] {1, 500, 981}) {
                for (String side : new String[] {"cond", "uncond"}) {
                    Array predicted =
                            unet.run(
                                            Map.of(
                                                    Stage.LATENTS,
                                                    Array.golden(goldens, "initial_noise"),
                                                    Stage.TIMESTEPS,
                                                    new Array(
                                                            new float[] {timestep}, new long[] {1}),
                                                    Stage.TEXT_EMBEDDING,
                                                    Array.golden(
                                                            goldens,
                                                            side.equals("cond")
                                                                    ? "text_embeddings"
                                                                    : "negative_text_embeddings")))
                                    .get(Stage.PREDICTION);
                    assertNear(
                            predicted.values(),
                            goldens.nhwc("unet_" + side + "_t" + timestep),
                            1e-4);
                }
            }

            int[] shape = goldens.shape("ddim20.latents");
            int steps = shape[0] - 1;
            float[] trajectory = goldens.nhwc("ddim20.latents");
            int size = trajectory.length / shape[0];
            Array last =
                    new Array(
                            java.util.Arrays.copyOfRange(
                                    trajectory, steps * size, (steps + 1) * size),
                            new long[] {1, shape[2], shape[3], shape[1]});
            assertNear(
                    decoder.run(Map.of(Stage.LATENTS, last)).get(Stage.IMAGE).values(),
                    goldens.nhwc("ddim20.decoded"),
                    1e-4);

            Map<String, Array> posterior =
                    encoder.run(Map.of(Stage.IMAGE, Array.golden(goldens, "vae_encode.input")));
            assertNear(posterior.get(Stage.MEAN).values(), goldens.nhwc("vae_encode.mean"), 3e-4);
            assertNear(
                    posterior.get(Stage.LOGVAR).values(), goldens.nhwc("vae_encode.logvar"), 3e-4);
        }
    }

    private static void assertNear(float[] actual, float[] expected, double tolerance) {

        assertThat(Goldens.maxDifference(actual, expected)).isLessThanOrEqualTo(tolerance);
    }
}
