package dev.darkroom.trainer.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.parameter.ParameterLayout;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.trainer.graph.AdamW;
import dev.darkroom.trainer.graph.OptimizerOptions;
import dev.darkroom.trainer.graph.Precision;
import dev.darkroom.trainer.graph.TrainableParameters;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class TrainingSessionTest {
    @BeforeAll
    static void load() {
        TensorflowNatives.load();
    }

    /** Vectors whose mean squares are the loss. */
    private static final class Vectors implements AutoCloseable {
        final Graph graph = new Graph();
        final List<ParameterSpec> specs;
        final TrainingSession session;

        Vectors(int count, long elements, boolean average) {
            Ops tf = Ops.create(graph);
            TrainableParameters parameters = new TrainableParameters(tf, key -> true);
            specs =
                    IntStream.range(0, count)
                            .mapToObj(
                                    i ->
                                            new ParameterSpec(
                                                    "vector." + i,
                                                    ParameterLayout.PLAIN,
                                                    List.of(elements)))
                            .toList();
            Operand<TFloat32> loss = tf.constant(0f);
            for (ParameterSpec spec : specs) {
                Operand<TFloat32> square =
                        tf.math.squaredDifference(parameters.parameter(spec), tf.constant(0f));
                loss = tf.math.add(loss, tf.math.mean(square, tf.constant(new int[] {0})));
            }
            session =
                    new TrainingSession(
                            graph,
                            parameters,
                            new AdamW(
                                    graph,
                                    tf,
                                    parameters,
                                    loss,
                                    new OptimizerOptions(0.9, 0.99, 1e-8, 0, 1, 1, average)),
                            loss,
                            0.9,
                            Precision.FLOAT32.configuration());
            session.initialize(
                    spec -> {
                        float[] values = new float[Math.toIntExact(spec.elements())];
                        Arrays.fill(values, 1 + specs.indexOf(spec));
                        return values;
                    });
        }

        @Override
        public void close() {
            session.close();
            graph.close();
        }
    }

    @Test
    void givesAveragesAwayInAnyOrderAndAgain() {
        for (boolean average : new boolean[] {true, false}) {
            try (Vectors vectors = new Vectors(3, 4, average)) {
                for (int i = 0; i < 3; i++) {
                    vectors.session.step(List.of(new Feeds()), 0.1);
                }
                ParameterValues averages = vectors.session.averages();
                for (int i : new int[] {2, 0, 0, 1, 2}) {
                    ParameterSpec spec = vectors.specs.get(i);
                    float[] values = averages.values(spec);
                    assertThat(values)
                            .isEqualTo(
                                    vectors.session
                                            .values()
                                            .get(average ? "average." + spec.key() : spec.key()));
                    Arrays.fill(values, Float.NaN);
                }
                assertThatThrownBy(
                                () ->
                                        averages.values(
                                                new ParameterSpec(
                                                        "other",
                                                        ParameterLayout.PLAIN,
                                                        List.of(4L))))
                        .hasMessage("other");
            }
        }
    }

    @Test
    void holdsNoAveragesThatNobodyHasAskedFor() {
        long elements = 1 << 20;
        int count = 16;
        long all = count * elements * Float.BYTES;
        try (Vectors vectors = new Vectors(count, elements, true)) {
            vectors.session.step(List.of(new Feeds()), 0.1);
            long before = used();
            ParameterValues averages = vectors.session.averages();

            assertThat(used() - before).isLessThan(all / 4);
            for (ParameterSpec spec : vectors.specs) {
                assertThat(averages.values(spec)).hasSize((int) elements);
            }
            assertThat(used() - before).as("given away").isLessThan(all / 4);
            assertThat(averages.values(vectors.specs.get(0))).hasSize((int) elements);
        }
    }

    /** Bytes of the heap that are reachable. */
    private static long used() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
