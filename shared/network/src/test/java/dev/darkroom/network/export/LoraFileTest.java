package dev.darkroom.network.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.contract.tensor.SafetensorsFile;
import dev.darkroom.contract.tensor.SafetensorsWriter;
import dev.darkroom.contract.tensor.TensorDeclaration;
import dev.darkroom.network.checkpoint.WeightWriter;
import dev.darkroom.network.parameter.Lora;
import dev.darkroom.network.parameter.Lora.Target;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.Goldens;
import dev.darkroom.testing.PythonPackages;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraFileTest {
    private static final ParameterValues RANDOM =
            spec -> {
                SplittableRandom random = new SplittableRandom(spec.key().hashCode());
                float[] values = new float[(int) spec.elements()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextGaussian();
                }
                return values;
            };

    @TempDir Path folder;

    private Path file;
    private DiffusersNetworks networks;

    @BeforeEach
    void read() {
        file = folder.resolve("lora.safetensors");
        networks = DiffusersNetworks.read(Checkout.tinyCheckpoint("tiny-sd15"));
    }

    @Test
    void mergesWhatItWroteAsTheAdaptersThemselves() throws Exception {
        Lora lora = new Lora(4, 2, Set.of(Target.UNET_ATTENTION, Target.TEXT_ATTENTION));
        LoraFile.write(
                file,
                lora,
                networks,
                Map.of(NetworkFolder.UNET, RANDOM, NetworkFolder.TEXT_ENCODER, RANDOM));

        try (LoraFile read = LoraFile.open(file, networks)) {
            for (Stage stage : List.of(Stage.UNET, Stage.TEXT_ENCODER)) {
                ParameterValues merged = read.merged(NetworkFolder.of(stage), RANDOM, 1);
                for (ParameterSpec spec : networks.parameters(stage)) {
                    assertThat(
                                    Goldens.maxDifference(
                                            merged.values(spec),
                                            lora.merged(RANDOM, RANDOM).values(spec)))
                            .as(spec.key())
                            .isLessThan(1e-5);
                }
            }
        }
    }

    /** Diffusers takes every tensor and makes the same weights of them. */
    @Test
    void isLoadedByDiffusers() throws Exception {
        // Not installed for this: torch brings gigabytes.
        Optional<Path> python = PythonPackages.installed("diffusers, peft, torch, transformers");
        if (python.isEmpty()) {
            String why =
                    "NOT RUN: loading adapters into diffusers needs a python3 that has diffusers,"
                            + " peft, torch and transformers";
            System.err.println(why);
            abort(why);
        }
        Lora lora =
                new Lora(
                        4,
                        2,
                        Set.of(
                                Target.UNET_ATTENTION,
                                Target.UNET_FEED_FORWARD,
                                Target.TEXT_ATTENTION,
                                Target.TEXT_FEED_FORWARD));
        LoraFile.write(
                file,
                lora,
                networks,
                Map.of(NetworkFolder.UNET, RANDOM, NetworkFolder.TEXT_ENCODER, RANDOM));
        Path source = Checkout.tinyCheckpoint("tiny-sd15");
        try (DiffusersCheckpoint checkpoint = DiffusersCheckpoint.open(source)) {
            for (Stage stage : List.of(Stage.UNET, Stage.TEXT_ENCODER)) {
                WeightWriter.write(
                        folder.resolve(NetworkFolder.of(stage).folder() + ".safetensors"),
                        networks.parameters(stage),
                        lora.merged(checkpoint.values(stage), RANDOM));
            }
        }

        Process process =
                new ProcessBuilder(
                                python.orElseThrow().toString(),
                                Checkout.root()
                                        .resolve("shared/network/src/test/resources/load_lora.py")
                                        .toString(),
                                source.toString(),
                                file.toString(),
                                folder.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(said).isZero();
    }

    @Test
    void readsTheOlderNamesWithTheirAlpha() throws Exception {
        Lora lora = new Lora(4, 4, Set.of(Target.UNET_ATTENTION));
        LoraFile.write(file, lora, networks, Map.of(NetworkFolder.UNET, RANDOM));
        Path older = folder.resolve("older.safetensors");
        rewriteWithOlderNames(older);

        try (LoraFile now = LoraFile.open(file, networks);
                LoraFile before = LoraFile.open(older, networks)) {
            ParameterSpec adapted =
                    networks.parameters(Stage.UNET).stream()
                            .filter(lora::adapts)
                            .findFirst()
                            .orElseThrow();
            assertThat(before.merged(NetworkFolder.UNET, RANDOM, 1).values(adapted))
                    .as("alpha 2 of rank 4 is half the strength")
                    .isEqualTo(now.merged(NetworkFolder.UNET, RANDOM, 0.5).values(adapted));
        }
    }

    private void rewriteWithOlderNames(Path older) throws Exception {
        Map<String, TensorDeclaration> tensors = new LinkedHashMap<>();
        Map<String, float[]> values = new LinkedHashMap<>();
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            for (String name : read.tensors().keySet()) {
                String renamed = name.replace("lora_A", "lora.down").replace("lora_B", "lora.up");
                put(tensors, values, renamed, read.info(name).shape(), read.floats(name));
                String module = name.substring(0, name.indexOf(".lora_"));
                put(tensors, values, module + ".alpha", List.of(), new float[] {2});
            }
        }
        SafetensorsWriter.write(older, tensors.values(), values, Map.of());
    }

    private static void put(
            Map<String, TensorDeclaration> tensors,
            Map<String, float[]> values,
            String name,
            List<Long> shape,
            float[] elements) {
        tensors.put(name, new TensorDeclaration(name, ElementType.F32, shape));
        values.put(name, elements);
    }

    @Test
    void refusesAdaptersOfAnotherNetwork() throws Exception {
        Map<String, TensorDeclaration> tensors = new LinkedHashMap<>();
        Map<String, float[]> values = new LinkedHashMap<>();
        put(tensors, values, "unet.elsewhere.lora_A.weight", List.of(1L, 1L), new float[1]);
        SafetensorsWriter.write(file, tensors.values(), values, Map.of());

        assertThatThrownBy(() -> LoraFile.open(file, networks).close())
                .isInstanceOf(DarkroomException.class)
                .hasMessageContaining("unet.elsewhere.lora_A.weight");
    }
}
