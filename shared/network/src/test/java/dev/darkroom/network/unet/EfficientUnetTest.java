package dev.darkroom.network.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.parameter.ParameterSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.types.TFloat32;

/** The variant of Imagen's appendix B, beside the plain UNet of the same parameters. */
class EfficientUnetTest {
    private static final String CONFIGURATION =
            """
            {"_class_name": "%s", "sample_size": 8, "in_channels": 3, "out_channels": 3,
             "block_out_channels": [8, 16], "layers_per_block": [1, 3], "norm_num_groups": 4,
             "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
             "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
             "attention_head_dim": 2, "cross_attention_dim": 6}
            """;

    /** Folding constants, as the parameters are here, takes longer than these tests. */
    private static final ConfigProto UNOPTIMIZED =
            ConfigProto.newBuilder()
                    .setGraphOptions(
                            GraphOptions.newBuilder()
                                    .setRewriteOptions(
                                            RewriterConfig.newBuilder()
                                                    .setDisableMetaOptimizer(true)))
                    .build();

    @TempDir Path folder;

    @BeforeAll
    static void load() {
        TensorflowNatives.load();
    }

    private UnetConfiguration configuration(String className) throws Exception {
        Files.write(
                folder.resolve("config.json"),
                CONFIGURATION.formatted(className).getBytes(StandardCharsets.UTF_8));
        return UnetConfiguration.of(ConfigurationFile.read(folder, "config.json"));
    }

    /** A graph with random parameters, its gradients, and what it gives for random inputs. */
    private static final class Built implements AutoCloseable {
        private final Graph graph = new Graph();
        private final Session session = new Session(graph, UNOPTIMIZED);
        final Map<String, ParameterSpec> specs = new LinkedHashMap<>();
        final List<Operand<TFloat32>> parameters = new ArrayList<>();
        private final Placeholder<TFloat32> latents;
        final Operand<TFloat32> prediction;
        private final Operand<TFloat32> loss;

        Built(UnetConfiguration configuration) {
            Ops tf = Ops.create(graph);
            SplittableRandom random = new SplittableRandom(1);
            Map<String, Operand<TFloat32>> known = new HashMap<>();
            NetworkScope scope =
                    new NetworkScope(
                            tf,
                            spec ->
                                    known.computeIfAbsent(
                                            spec.key(),
                                            key -> {
                                                specs.put(key, spec);
                                                Operand<TFloat32> value =
                                                        random(
                                                                tf,
                                                                random,
                                                                Shape.of(
                                                                        spec.shape().stream()
                                                                                .mapToLong(
                                                                                        Long
                                                                                                ::longValue)
                                                                                .toArray()));
                                                parameters.add(value);
                                                return value;
                                            }));
            latents = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
            prediction =
                    new UnetNetwork(configuration)
                            .build(
                                    scope,
                                    latents,
                                    tf.constant(new float[] {7, 500}),
                                    random(tf, random, Shape.of(2, 5, 6)));
            loss = tf.nn.l2Loss(prediction);
        }

        private static Operand<TFloat32> random(Ops tf, SplittableRandom random, Shape shape) {
            float[] values = new float[(int) shape.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian() / 4;
            }
            return tf.constant(shape, DataBuffers.of(values));
        }

        Result run(long height, long width, List<? extends Operand<?>> fetches) {
            float[] values = new float[(int) (2 * height * width * 3)];
            SplittableRandom random = new SplittableRandom(2);
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            try (TFloat32 fed =
                    TFloat32.tensorOf(Shape.of(2, height, width, 3), DataBuffers.of(values))) {
                Session.Runner runner = session.runner().feed(latents, fed);
                fetches.forEach(runner::fetch);
                return runner.run();
            }
        }

        List<Output<?>> gradients() {
            return List.of(
                    graph.addGradients(
                            loss.asOutput(),
                            parameters.stream().map(Operand::asOutput).toArray(Output[]::new)));
        }

        @Override
        public void close() {
            session.close();
            graph.close();
        }
    }

    @Test
    void predictsLatentsOfAnySize() throws Exception {
        try (Built built = new Built(configuration(UnetConfiguration.EFFICIENT))) {
            for (int[] size : new int[][] {{8, 8}, {7, 8}, {5, 9}, {1, 1}}) {
                try (Result result = built.run(size[0], size[1], List.of(built.prediction))) {
                    assertThat(result.get(0).shape()).isEqualTo(Shape.of(2, size[0], size[1], 3));
                }
            }
        }
    }

    @Test
    void hasAGradientForEveryParameter() throws Exception {
        try (Built built = new Built(configuration(UnetConfiguration.EFFICIENT));
                Result result = built.run(8, 8, built.gradients())) {
            List<String> keys = List.copyOf(built.specs.keySet());
            assertThat(result.size()).isEqualTo(keys.size()).isGreaterThan(50);
            for (int i = 0; i < result.size(); i++) {
                TFloat32 gradient = (TFloat32) result.get(i);
                float[] values = new float[(int) gradient.size()];
                gradient.asRawTensor().data().asFloats().read(values);
                double sum = 0;
                for (float value : values) {
                    sum += Math.abs(value);
                }
                assertThat(sum).as(keys.get(i)).isFinite().isPositive();
            }
        }
    }

    @Test
    void halvesBeforeEveryDownBlockInsteadOfBetweenThem() throws Exception {
        UnetConfiguration plain = configuration("UNet2DConditionModel");
        UnetConfiguration efficient = configuration(UnetConfiguration.EFFICIENT);

        assertThat(plain.downscale(1)).isEqualTo(2);
        assertThat(efficient.downscale(1)).isEqualTo(4);
        try (Built built = new Built(efficient);
                Built other = new Built(plain)) {
            assertThat(built.specs.keySet())
                    .contains(
                            "down_blocks.0.downsamplers.0.conv.weight",
                            "down_blocks.1.downsamplers.0.conv.weight",
                            "up_blocks.0.upsamplers.0.conv.weight",
                            "up_blocks.1.upsamplers.0.conv.weight")
                    .containsAll(other.specs.keySet());
            assertThat(built.specs.get("down_blocks.1.downsamplers.0.conv.weight").shape())
                    .as("before the block, so of the width of the level above")
                    .isEqualTo(List.of(3L, 3L, 8L, 8L));
            Operand<?> last = operand(built, "down_blocks.1.resnets.2");
            try (Result result = built.run(8, 8, List.of(last))) {
                assertThat(result.get(0).shape()).isEqualTo(Shape.of(2, 2, 2, 16));
            }
        }
    }

    private static Operand<?> operand(Built built, String name) {
        return built.graph.operation(name).output(0);
    }

    @Test
    void refusesOtherClasses() {
        assertThatThrownBy(() -> configuration("UNet3DConditionModel"))
                .isInstanceOf(DarkroomException.class)
                .hasMessageContaining(UnetConfiguration.EFFICIENT);
    }
}
