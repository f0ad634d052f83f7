package dev.darkroom.trainer.evaluate;

import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.trainer.graph.AdamW;
import dev.darkroom.trainer.graph.ClassifierNetwork;
import dev.darkroom.trainer.graph.InitialValues;
import dev.darkroom.trainer.graph.OptimizerOptions;
import dev.darkroom.trainer.graph.Precision;
import dev.darkroom.trainer.graph.TrainableParameters;
import dev.darkroom.trainer.loop.Feeds;
import dev.darkroom.trainer.loop.StageObserver;
import dev.darkroom.trainer.loop.StepReport;
import dev.darkroom.trainer.loop.TrainingSession;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * Trains the classifier that judges: AdamW on the cross entropy, the learning rate falling with a
 * cosine from its peak to zero after a short warm-up.
 *
 * @param steps optimizer steps
 * @param learningRate at its peak
 */
public record ClassifierTraining(long steps, double learningRate, long seed) {
    /** Name of this stage in reports and records. */
    public static final String STAGE = "classifier";

    private static final double WARM_UP = 0.05;
    private static final OptimizerOptions OPTIMIZER =
            new OptimizerOptions(0.9, 0.999, 1e-8, 0.02, 1, 1, false);

    public ClassifierTraining {
        if (steps < 1 || !(learningRate > 0)) {
            throw new IllegalArgumentException(steps + " steps at " + learningRate);
        }
    }

    /** The classifier after the last step; whoever asks closes it. */
    public Classifier train(
            ClassifierNetwork network, LabelledBatches batches, StageObserver observer) {
        TensorflowNatives.load();
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            TrainableParameters parameters = new TrainableParameters(tf, key -> true);
            Placeholder<TFloat32> image =
                    tf.placeholder(
                            TFloat32.class,
                            Placeholder.shape(
                                    Shape.of(
                                            Shape.UNKNOWN_SIZE,
                                            network.side(),
                                            network.side(),
                                            3)));
            Placeholder<TFloat32> wanted =
                    tf.placeholder(
                            TFloat32.class,
                            Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, network.classes())));
            Operand<TFloat32> logits =
                    network.build(new NetworkScope(tf, parameters), image).logits();
            Operand<TFloat32> loss =
                    tf.math.mean(
                            tf.nn.softmaxCrossEntropyWithLogits(logits, wanted).loss(),
                            tf.constant(new int[] {0}));
            AdamW optimizer = new AdamW(graph, tf, parameters, loss, OPTIMIZER);
            try (TrainingSession session =
                    new TrainingSession(
                            graph,
                            parameters,
                            optimizer,
                            loss,
                            0,
                            Precision.FLOAT32.configuration())) {
                session.initialize(new InitialValues(seed, key -> false));
                steps(network, batches, session, image, wanted, observer);
                return Classifier.of(network, session.averages());
            }
        }
    }

    private void steps(
            ClassifierNetwork network,
            LabelledBatches batches,
            TrainingSession session,
            Placeholder<TFloat32> image,
            Placeholder<TFloat32> wanted,
            StageObserver observer) {
        long begin = System.nanoTime();
        long pictures = 0;
        for (long step = 0; step < steps; step++) {
            LabelledBatches.Batch batch = batches.at(step);
            int count = batch.labels().length;
            float[] oneHot = new float[count * network.classes()];
            for (int i = 0; i < count; i++) {
                oneHot[i * network.classes() + batch.labels()[i]] = 1;
            }
            double rate = rate(step);
            TrainingSession.Step done;
            try (Feeds feeds =
                    new Feeds()
                            .floats(
                                    image,
                                    batch.pictures(),
                                    count,
                                    network.side(),
                                    network.side(),
                                    3)
                            .floats(wanted, oneHot, count, network.classes())) {
                done = session.step(List.of(feeds), rate);
            }
            pictures += count;
            Duration elapsed = Duration.ofNanos(System.nanoTime() - begin);
            observer.step(
                    new StepReport(
                            STAGE,
                            step + 1,
                            steps,
                            done.loss(),
                            Map.of(StepReport.GRADIENT_NORM, done.gradientNorm()),
                            rate,
                            pictures / (elapsed.toNanos() / 1e9),
                            elapsed));
        }
        observer.finished(STAGE, steps);
    }

    private double rate(long step) {
        double progress = (step + 1.0) / steps;
        return progress < WARM_UP
                ? learningRate * progress / WARM_UP
                : learningRate
                        * 0.5
                        * (1 + Math.cos(Math.PI * (progress - WARM_UP) / (1 - WARM_UP)));
    }
}
