package dev.darkroom.trainer.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.parameter.ParameterLayout;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.trainer.loop.Feeds;
import dev.darkroom.trainer.loop.TrainingSession;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** A line through points, by mean squared error: gradients are known by hand. */
class AdamWTest {
    private static final int IN = 2;
    private static final int OUT = 3;
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.99;
    private static final double EPSILON = 1e-8;
    private static final double DECAY = 0.1;
    private static final double CLIP = 1;
    private static final double AVERAGE = 0.8;
    private static final double[] RATES = {0.1, 0.05, 0.02};

    /** The first step's gradients are longer than the clipping norm, the others' are not. */
    private static final double[] SCALES = {4, 1, 0.3};

    private static final ParameterSpec WEIGHT =
            new ParameterSpec("weight", ParameterLayout.LINEAR, List.of((long) IN, (long) OUT));
    private static final ParameterSpec BIAS =
            new ParameterSpec("bias", ParameterLayout.PLAIN, List.of((long) OUT));
    private static final double[] WEIGHTS = {0.3, 0.1, -0.1, 0.6, 0.4, 0.2};
    private static final double[] BIASES = {0.5, -0.4, 0.2};

    @BeforeAll
    static void load() {
        TensorflowNatives.load();
    }

    /** Points of a step: x [N, 2] and y [N, 3]. */
    private static final class Points {
        private final double[] x;
        private final double[] y;

        private Points(double[] x, double[] y) {
            this.x = x;
            this.y = y;
        }

        static Points of(int step, int from, int to) {
            double[] x = new double[(to - from) * IN];
            double[] y = new double[(to - from) * OUT];
            for (int n = from; n < to; n++) {
                for (int i = 0; i < IN; i++) {
                    x[(n - from) * IN + i] = SCALES[step] * Math.sin(1 + 7 * step + 3 * n + i);
                }
                for (int j = 0; j < OUT; j++) {
                    y[(n - from) * OUT + j] = SCALES[step] * Math.cos(2 + 5 * step + 2 * n + j);
                }
            }
            return new Points(x, y);
        }

        int count() {
            return x.length / IN;
        }
    }

    private static final class Line implements AutoCloseable {
        final Graph graph = new Graph();
        final TrainingSession session;
        private final Placeholder<TFloat32> x;
        private final Placeholder<TFloat32> y;

        Line(int accumulation) {
            Ops tf = Ops.create(graph);
            TrainableParameters parameters = new TrainableParameters(tf, key -> true);
            x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, IN)));
            y = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, OUT)));
            Operand<TFloat32> made =
                    tf.math.add(
                            tf.linalg.matMul(x, parameters.parameter(WEIGHT)),
                            parameters.parameter(BIAS));
            Operand<TFloat32> loss =
                    tf.math.mean(tf.math.squaredDifference(made, y), tf.constant(new int[] {0, 1}));
            session =
                    new TrainingSession(
                            graph,
                            parameters,
                            new AdamW(
                                    graph,
                                    tf,
                                    parameters,
                                    loss,
                                    new OptimizerOptions(
                                            BETA1,
                                            BETA2,
                                            EPSILON,
                                            DECAY,
                                            CLIP,
                                            accumulation,
                                            true)),
                            loss,
                            AVERAGE,
                            Precision.FLOAT32.configuration());
            session.initialize(spec -> floats(spec.equals(WEIGHT) ? WEIGHTS : BIASES));
        }

        /** One step of as many batches as are accumulated. */
        TrainingSession.Step step(int step, Points... batches) {
            List<Feeds> feeds = new ArrayList<>();
            try {
                for (Points points : batches) {
                    feeds.add(
                            new Feeds()
                                    .floats(x, floats(points.x), points.count(), IN)
                                    .floats(y, floats(points.y), points.count(), OUT));
                }
                return session.step(feeds, RATES[step]);
            } finally {
                feeds.forEach(Feeds::close);
            }
        }

        @Override
        public void close() {
            session.close();
            graph.close();
        }
    }

    /**
     * Algorithm 2 of Loshchilov and Hutter 2019 (arXiv:1711.05101) in double precision, with the
     * decay of its line 12 multiplied by the learning rate, as PyTorch has it, and after the
     * gradients were clipped by their norm together (Pascanu et al. 2013, arXiv:1211.5063).
     */
    private static final class Reference {
        /** Weights, then biases. */
        final double[] values = new double[IN * OUT + OUT];

        final double[] mean = new double[values.length];
        final double[] square = new double[values.length];
        final double[] average = new double[values.length];
        double norm;
        private int steps;

        Reference() {
            System.arraycopy(WEIGHTS, 0, values, 0, IN * OUT);
            System.arraycopy(BIASES, 0, values, IN * OUT, OUT);
        }

        void step(Points points, double rate) {
            double[] gradient = gradient(points);
            norm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
            double factor = Math.min(1, CLIP / norm);
            steps++;
            double kept = Math.min(AVERAGE, Math.pow(1 - 1.0 / steps, 7));
            for (int k = 0; k < values.length; k++) {
                double g = factor * gradient[k];
                mean[k] = BETA1 * mean[k] + (1 - BETA1) * g;
                square[k] = BETA2 * square[k] + (1 - BETA2) * g * g;
                double unbiasedMean = mean[k] / (1 - Math.pow(BETA1, steps));
                double unbiasedSquare = square[k] / (1 - Math.pow(BETA2, steps));
                // Biases do not decay.
                double decay = k < IN * OUT ? DECAY * values[k] : 0;
                values[k] -= rate * (unbiasedMean / (Math.sqrt(unbiasedSquare) + EPSILON) + decay);
                average[k] = kept * average[k] + (1 - kept) * values[k];
            }
        }

        private double[] gradient(Points points) {
            double[] gradient = new double[values.length];
            for (int n = 0; n < points.count(); n++) {
                for (int j = 0; j < OUT; j++) {
                    double error = values[IN * OUT + j] - points.y[n * OUT + j];
                    for (int i = 0; i < IN; i++) {
                        error += points.x[n * IN + i] * values[i * OUT + j];
                    }
                    double each = 2 * error / (points.count() * OUT);
                    for (int i = 0; i < IN; i++) {
                        gradient[i * OUT + j] += each * points.x[n * IN + i];
                    }
                    gradient[IN * OUT + j] += each;
                }
            }
            return gradient;
        }
    }

    @Test
    void makesTheStepsOfThePaper() {
        Reference reference = new Reference();
        List<Double> norms = new ArrayList<>();
        try (Line line = new Line(1)) {
            for (int step = 0; step < RATES.length; step++) {
                Points points = Points.of(step, 0, 4);
                TrainingSession.Step made = line.step(step, points);
                reference.step(points, RATES[step]);

                norms.add(reference.norm);
                assertThat(made.gradientNorm()).isCloseTo(reference.norm, within(1e-4));
                assertClose(line.session.values(), "", reference.values);
                assertClose(line.session.values(), "adam.m.", reference.mean);
                assertClose(line.session.values(), "adam.v.", reference.square);
                assertClose(line.session.values(), "average.", reference.average);
            }
        }
        assertThat(norms.get(0)).isGreaterThan(CLIP);
        assertThat(norms.subList(1, 3)).allMatch(norm -> norm < CLIP);
    }

    @Test
    void makesOfTwoBatchesTheStepOfOneTwiceAsLarge() {
        try (Line whole = new Line(1);
                Line halves = new Line(2)) {
            for (int step = 0; step < RATES.length; step++) {
                TrainingSession.Step once = whole.step(step, Points.of(step, 0, 8));
                TrainingSession.Step twice =
                        halves.step(step, Points.of(step, 0, 4), Points.of(step, 4, 8));

                assertThat(twice.loss()).isCloseTo(once.loss(), within(1e-5));
                assertThat(twice.gradientNorm()).isCloseTo(once.gradientNorm(), within(1e-5));
                Map<String, float[]> wanted = whole.session.values();
                Map<String, float[]> found = halves.session.values();
                wanted.forEach(
                        (name, values) ->
                                assertThat(found.get(name))
                                        .as(name)
                                        .containsExactly(values, within(1e-5f)));
            }
        }
    }

    private static void assertClose(Map<String, float[]> values, String slot, double[] wanted) {
        assertThat(values.get(slot + "weight"))
                .as(slot + "weight")
                .containsExactly(floats(Arrays.copyOf(wanted, IN * OUT)), within(1e-5f));
        assertThat(values.get(slot + "bias"))
                .as(slot + "bias")
                .containsExactly(
                        floats(Arrays.copyOfRange(wanted, IN * OUT, wanted.length)), within(1e-5f));
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
