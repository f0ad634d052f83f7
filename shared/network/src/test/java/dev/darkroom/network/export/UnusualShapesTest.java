package dev.darkroom.network.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.network.export.ServedStage.Array;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.Goldens;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random checkpoints of shapes that Stable Diffusion 1.5 does not have, against diffusers: other
 * block kinds, levels, layers, heads, activations, key spellings, float types, and latent sizes
 * that halving does not divide.
 */
class UnusualShapesTest {
    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"linear-three-levels", "uncommon-options", "one-level"})
    void servesWhatDiffusersComputes(String name) throws Exception {
        Path source = Checkout.tinyCheckpoint(name);
        try (DiffusersCheckpoint checkpoint = DiffusersCheckpoint.open(source);
                Goldens goldens = Goldens.open(source, "golden")) {
            for (Stage stage : Stage.values()) {
                Path exported = folder.resolve(stage.folder());
                checkpoint.export(stage, exported, done -> {});
                try (ServedStage served = new ServedStage(exported)) {
                    assertThat(check(stage, served, goldens)).isPositive();
                }
            }
        }
    }

    private static int check(Stage stage, ServedStage served, Goldens goldens) {
        int i = 0;
        for (; goldens.tensors().tensors().containsKey(input(stage, i)); i++) {
            switch (stage) {
                case TEXT_ENCODER -> {
                    Map<String, Array> result =
                            served.run(
                                    Map.of(
                                            Stage.TOKEN_IDS,
                                            ServedStage.ids(goldens, input(stage, i))));
                    assertNear(
                            goldens, "text" + i + ".embedding", result.get(Stage.TEXT_EMBEDDING));
                    assertNear(goldens, "text" + i + ".pooled", result.get(Stage.POOLED_EMBEDDING));
                }
                case UNET ->
                        assertNear(
                                goldens,
                                "unet" + i + ".prediction",
                                served.run(
                                                Map.of(
                                                        Stage.LATENTS,
                                                        Array.golden(goldens, input(stage, i)),
                                                        Stage.TIMESTEPS,
                                                        Array.golden(
                                                                goldens, "unet" + i + ".timesteps"),
                                                        Stage.TEXT_EMBEDDING,
                                                        Array.golden(
                                                                goldens, "unet" + i + ".context")))
                                        .get(Stage.PREDICTION));
                case VAE_DECODER ->
                        assertNear(
                                goldens,
                                "vae" + i + ".image",
                                served.run(
                                                Map.of(
                                                        Stage.LATENTS,
                                                        Array.golden(goldens, input(stage, i))))
                                        .get(Stage.IMAGE));
                case VAE_ENCODER -> {
                    Map<String, Array> result =
                            served.run(Map.of(Stage.IMAGE, Array.golden(goldens, input(stage, i))));
                    assertNear(goldens, "enc" + i + ".mean", result.get(Stage.MEAN));
                    assertNear(goldens, "enc" + i + ".logvar", result.get(Stage.LOGVAR));
                }
            }
        }
        return i;
    }

    private static String input(Stage stage, int i) {
        return switch (stage) {
            case TEXT_ENCODER -> "text" + i + ".ids";
            case UNET -> "unet" + i + ".latents";
            case VAE_DECODER -> "vae" + i + ".latents";
            case VAE_ENCODER -> "enc" + i + ".image";
        };
    }

    private static void assertNear(Goldens goldens, String name, Array actual) {
        Array expected = Array.golden(goldens, name);
        double tolerance = goldens.index().path("tensors").path(name).path("tol_abs").asDouble(-1);
        assertThat(actual.shape()).as("%s's shape", name).isEqualTo(expected.shape());
        assertThat(Goldens.maxDifference(actual.values(), expected.values()))
                .as(name)
                .isLessThanOrEqualTo(tolerance);
    }
}
