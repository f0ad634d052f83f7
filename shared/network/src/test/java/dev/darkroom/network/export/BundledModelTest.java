package dev.darkroom.network.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.network.export.ServedStage.Array;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.Goldens;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Signature;

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
        try (Goldens goldens = Goldens.open(Goldens.folder().resolve("bundled"), "case" + number)) {
            int[] ids = integers(goldens, "input_ids");
            int[] negative = integers(goldens, "negative_input_ids");
            Map<String, Array> embedded =
                    text.run(Map.of(Stage.TOKEN_IDS, new int[][] {ids, negative}));
            float[] both = embedded.get(Stage.TEXT_EMBEDDING).values();
            int half = both.length / 2;
            assertNear(Arrays.copyOf(both, half), goldens.floats("text_embeddings"), 2e-5);
            assertNear(
                    Arrays.copyOfRange(both, half, both.length),
                    goldens.floats("negative_text_embeddings"),
                    2e-5);
            assertNear(
                    Arrays.copyOf(embedded.get(Stage.POOLED_EMBEDDING).values(), 64),
                    goldens.floats("text_pooled"),
                    2e-5);

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
                            2e-5);
                }
            }

            assertNear(
                    decoder.run(Map.of(Stage.LATENTS, Array.golden(goldens, "ddim20.latents")))
                            .get(Stage.IMAGE)
                            .values(),
                    goldens.nhwc("ddim20.decoded"),
                    2e-5);

            Map<String, Array> posterior =
                    encoder.run(Map.of(Stage.IMAGE, Array.golden(goldens, "vae_encode.input")));
            assertNear(posterior.get(Stage.MEAN).values(), goldens.nhwc("vae_encode.mean"), 1e-4);
            assertNear(
                    posterior.get(Stage.LOGVAR).values(), goldens.nhwc("vae_encode.logvar"), 1e-4);
        }
    }

    private static int[] integers(Goldens goldens, String name) {
        return Arrays.stream(goldens.tensors().integers(name)).mapToInt(Math::toIntExact).toArray();
    }

    @Test
    void signaturesAreWhatTheContractPromises() {
        assertSignature(
                text,
                Map.of("token_ids", "DT_INT32[-1, -1]"),
                Map.of(
                        "text_embedding", "DT_FLOAT[-1, -1, 64]",
                        "pooled_embedding", "DT_FLOAT[-1, 64]"));
        assertSignature(
                unet,
                Map.of(
                        "latents", "DT_FLOAT[-1, -1, -1, 4]",
                        "timesteps", "DT_FLOAT[-1]",
                        "text_embedding", "DT_FLOAT[-1, -1, 64]"),
                Map.of("prediction", "DT_FLOAT[-1, -1, -1, 4]"));
        assertSignature(
                decoder,
                Map.of("latents", "DT_FLOAT[-1, -1, -1, 4]"),
                Map.of("image", "DT_FLOAT[-1, -1, -1, 3]"));
        assertSignature(
                encoder,
                Map.of("image", "DT_FLOAT[-1, -1, -1, 3]"),
                Map.of(
                        "mean", "DT_FLOAT[-1, -1, -1, 4]",
                        "logvar", "DT_FLOAT[-1, -1, -1, 4]"));
    }

    private static void assertSignature(
            ServedStage stage, Map<String, String> inputs, Map<String, String> outputs) {
        assertThat(described(stage.signature().getInputs())).isEqualTo(inputs);
        assertThat(described(stage.signature().getOutputs())).isEqualTo(outputs);
    }

    private static Map<String, String> described(Map<String, Signature.TensorDescription> tensors) {
        return tensors.entrySet().stream()
                .collect(
                        Collectors.toMap(
                                Map.Entry::getKey,
                                entry -> entry.getValue().dataType + "" + entry.getValue().shape));
    }

    @Test
    void aBatchGivesWhatItsRowsGiveOneByOne() {
        Array latents = new Array(gaussian(2 * 5 * 7 * 4), 2, 5, 7, 4);
        Array context = new Array(gaussian(2 * 9 * 64), 2, 9, 64);
        float[] timesteps = {17, 803.5f};
        float[] both = predict(latents, timesteps, context);
        for (int row = 0; row < 2; row++) {
            float[] alone =
                    predict(rowOf(latents, row), new float[] {timesteps[row]}, rowOf(context, row));
            assertNear(
                    Arrays.copyOfRange(both, row * alone.length, (row + 1) * alone.length),
                    alone,
                    1e-5);
        }
    }

    private static float[] predict(Array latents, float[] timesteps, Array context) {
        return unet.run(
                        Map.of(
                                Stage.LATENTS,
                                latents,
                                Stage.TIMESTEPS,
                                new Array(timesteps, timesteps.length),
                                Stage.TEXT_EMBEDDING,
                                context))
                .get(Stage.PREDICTION)
                .values();
    }

    private static Array rowOf(Array batch, int row) {
        long[] shape = batch.shape().clone();
        int size = batch.values().length / (int) shape[0];
        shape[0] = 1;
        return new Array(Arrays.copyOfRange(batch.values(), row * size, (row + 1) * size), shape);
    }

    private static float[] gaussian(int size) {
        Random random = new Random(size);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static void assertNear(float[] actual, float[] expected, double tolerance) {

        assertThat(Goldens.maxDifference(actual, expected)).isLessThanOrEqualTo(tolerance);
    }
}
