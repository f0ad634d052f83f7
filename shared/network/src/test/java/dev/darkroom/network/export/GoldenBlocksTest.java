package dev.darkroom.network.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.network.export.ServedStage.Array;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.Goldens;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * SavedModels of a checkpoint with random weights against PyTorch, module by module, each within
 * the tolerance that the golden file states.
 */
class GoldenBlocksTest {
    /** Blocks whose output is that of their last module, which carries the name here. */
    private static final Map<String, String> LAST_MODULE =
            Map.ofEntries(
                    Map.entry(
                            "down_blocks.0.attentions.0.transformer_blocks.0.attn1",
                            "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_out.0"),
                    Map.entry(
                            "down_blocks.0.attentions.0.transformer_blocks.0.attn2",
                            "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0"),
                    Map.entry(
                            "down_blocks.0.attentions.0.transformer_blocks.0.ff",
                            "down_blocks.0.attentions.0.transformer_blocks.0.ff.net.2"),
                    Map.entry("time_embedding", "time_embedding.linear_2"),
                    Map.entry("down_blocks.0.downsamplers.0", "down_blocks.0.downsamplers.0.conv"),
                    Map.entry("down_blocks.0", "down_blocks.0.downsamplers.0.conv"),
                    Map.entry("down_blocks.1", "down_blocks.1.resnets.1"),
                    Map.entry("mid_block", "mid_block.resnets.1"),
                    Map.entry("up_blocks.0.upsamplers.0", "up_blocks.0.upsamplers.0.conv"),
                    Map.entry("up_blocks.0", "up_blocks.0.upsamplers.0.conv"),
                    Map.entry("up_blocks.1", "up_blocks.1.attentions.2"),
                    Map.entry(
                            "encoder.down_blocks.0.downsamplers.0",
                            "encoder.down_blocks.0.downsamplers.0.conv"),
                    Map.entry("encoder.down_blocks.0", "encoder.down_blocks.0.downsamplers.0.conv"),
                    Map.entry("encoder.down_blocks.1", "encoder.down_blocks.1.resnets.1"),
                    Map.entry("encoder.mid_block", "encoder.mid_block.resnets.1"),
                    Map.entry("decoder.mid_block", "decoder.mid_block.resnets.1"),
                    Map.entry(
                            "decoder.up_blocks.0.upsamplers.0",
                            "decoder.up_blocks.0.upsamplers.0.conv"),
                    Map.entry("decoder.up_blocks.0", "decoder.up_blocks.0.upsamplers.0.conv"),
                    Map.entry("decoder.up_blocks.1", "decoder.up_blocks.1.resnets.2"));

    @TempDir static Path folder;
    static ServedStage text;
    static ServedStage unet;
    static ServedStage decoder;
    static ServedStage encoder;

    @BeforeAll
    static void export() throws Exception {
        try (DiffusersCheckpoint checkpoint =
                DiffusersCheckpoint.open(Checkout.tinyCheckpoint("tiny-sd15"))) {
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

    @Test
    void textEncoderGivesPyTorchsEmbeddings() {
        try (Goldens goldens = Goldens.open("tiny-sd15.text_encoder")) {
            int[][] ids = ServedStage.ids(goldens, "input_ids");
            Map<String, Array> result = text.run(Map.of(Stage.TOKEN_IDS, ids));

            assertNear(goldens, "last_hidden_state", result.get(Stage.TEXT_EMBEDDING));
            assertNear(goldens, "pooler_output", result.get(Stage.POOLED_EMBEDDING));
            Map<String, int[][]> firstTwo = Map.of(Stage.TOKEN_IDS, Arrays.copyOf(ids, 2));
            assertNear(goldens, "hidden_states.0", text.fetch(firstTwo, "text_model.embeddings"));
            assertNear(
                    goldens,
                    "hidden_states.1",
                    text.fetch(firstTwo, "text_model.encoder.layers.0"));
            assertNear(
                    goldens,
                    "hidden_states.2",
                    text.fetch(firstTwo, "text_model.encoder.layers.1"));
        }
    }

    @Test
    void unetPredictsWhatPyTorchPredicts() {
        try (Goldens goldens = Goldens.open("tiny-sd15.unet")) {
            int cases = 0;
            for (JsonNode test : goldens.index().path("cases")) {
                JsonNode inputs = test.path("inputs");
                Array latents = Array.golden(goldens, inputs.path("sample").textValue());
                float[] timesteps;
                if (inputs.path("timestep").isTextual()) {
                    long[] each = goldens.tensors().integers(inputs.path("timestep").textValue());
                    timesteps = new float[each.length];
                    for (int i = 0; i < each.length; i++) {
                        timesteps[i] = each[i];
                    }
                } else {
                    timesteps = new float[(int) latents.shape()[0]];
                    Arrays.fill(timesteps, inputs.path("timestep").floatValue());
                }
                Array result =
                        unet.run(
                                        Map.of(
                                                Stage.LATENTS,
                                                latents,
                                                Stage.TIMESTEPS,
                                                new Array(timesteps, timesteps.length),
                                                Stage.TEXT_EMBEDDING,
                                                Array.golden(
                                                        goldens,
                                                        inputs.path("context").textValue())))
                                .get(Stage.PREDICTION);

                assertNear(goldens, test.path("output").textValue(), result);
                assertThat(result.shape()).isEqualTo(latents.shape());
                cases++;
            }
            assertThat(cases).isEqualTo(9);
        }
    }

    @Test
    void everyBlockOfTheUnetGivesPyTorchsValues() {
        try (Goldens goldens = Goldens.open("tiny-sd15.unet_blocks")) {
            Map<String, Array> inputs =
                    Map.of(
                            Stage.LATENTS,
                            Array.golden(goldens, "sample"),
                            Stage.TIMESTEPS,
                            new Array(
                                    new float[] {
                                        goldens.index()
                                                .path("cases")
                                                .path(0)
                                                .path("timestep")
                                                .floatValue()
                                    },
                                    1),
                            Stage.TEXT_EMBEDDING,
                            Array.golden(goldens, "context"));
            List<String> blocks = blocks(goldens);
            assertThat(blocks).hasSize(43);
            for (String block : blocks) {
                assertNear(
                        goldens, block, unet.fetch(inputs, LAST_MODULE.getOrDefault(block, block)));
            }
        }
    }

    @Test
    void autoencoderGivesPyTorchsPosteriorAndPictures() {
        try (Goldens goldens = Goldens.open("tiny-sd15.vae")) {
            Map<String, Array> posterior =
                    encoder.run(Map.of(Stage.IMAGE, Array.golden(goldens, "encode.input")));
            assertNear(goldens, "encode.mean", posterior.get(Stage.MEAN));
            assertNear(goldens, "encode.logvar", posterior.get(Stage.LOGVAR));
            for (String size : new String[] {"decode", "decode_wide"}) {
                assertNear(
                        goldens,
                        size + ".image",
                        decoder.run(Map.of(Stage.LATENTS, Array.golden(goldens, size + ".latents")))
                                .get(Stage.IMAGE));
            }
        }
    }

    @Test
    void everyBlockOfTheAutoencoderGivesPyTorchsValues() {
        try (Goldens goldens = Goldens.open("tiny-sd15.vae_blocks")) {
            Array latents = Array.golden(goldens, "decode.input");
            float[] scaled = latents.values().clone();
            for (int i = 0; i < scaled.length; i++) {
                // The golden's latents are divided already; the graph divides by the factor.
                scaled[i] *= 0.18215f;
            }
            Map<String, Array> decode = Map.of(Stage.LATENTS, new Array(scaled, latents.shape()));
            Map<String, Array> encode = Map.of(Stage.IMAGE, Array.golden(goldens, "encode.input"));
            List<String> blocks = blocks(goldens);
            assertThat(blocks).hasSize(22);
            for (String block : blocks) {
                String operation = LAST_MODULE.getOrDefault(block, block);
                assertNear(
                        goldens,
                        block,
                        encoder.has(operation)
                                ? encoder.fetch(encode, operation)
                                : decoder.fetch(decode, operation));
            }
        }
    }

    private static List<String> blocks(Goldens goldens) {
        List<String> names = new ArrayList<>();
        goldens.index()
                .path("cases")
                .path(0)
                .path("order")
                .forEach(name -> names.add(name.textValue()));
        return names;
    }

    private static void assertNear(Goldens goldens, String name, Array actual) {
        float[] expected =
                goldens.shape(name).length == 4 ? goldens.nhwc(name) : goldens.floats(name);
        JsonNode tolerance = goldens.index().path("tensors").path(name).path("tol_abs");
        assertThat(tolerance.isNumber()).as("%s has a tolerance", name).isTrue();
        assertThat(Goldens.maxDifference(actual.values(), expected))
                .as(name)
                .isLessThanOrEqualTo(tolerance.doubleValue());
    }
}
