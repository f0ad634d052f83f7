package dev.darkroom.trainer.loop;

import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.trainer.graph.AdamW;
import dev.darkroom.trainer.graph.OptimizerOptions;
import dev.darkroom.trainer.graph.Precision;
import dev.darkroom.trainer.graph.TrainableParameters;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A graph of its own with loss, optimizer and session. Whoever opens it closes it.
 *
 * @param <G> what knows the graph's inputs
 */
public final class Learner<G> implements AutoCloseable {
    private final Graph graph;
    private final G network;
    private final TrainingSession session;

    /**
     * @param build adds the network and its loss
     * @param averageDecay of the moving average, where the optimizer keeps one
     * @param initial values to begin with
     */
    public Learner(
            BiFunction<Ops, TrainableParameters, G> build,
            Function<G, Operand<TFloat32>> loss,
            OptimizerOptions options,
            double averageDecay,
            ParameterValues initial) {
        TensorflowNatives.load();
        graph = new Graph();
        Ops tf = Ops.create(graph);
        TrainableParameters parameters = new TrainableParameters(tf, key -> true);
        network = build.apply(tf, parameters);
        Operand<TFloat32> scalar = loss.apply(network);
        AdamW optimizer = new AdamW(graph, tf, parameters, scalar, options);
        session =
                new TrainingSession(
                        graph,
                        parameters,
                        optimizer,
                        scalar,
                        averageDecay,
                        Precision.FLOAT32.configuration());
        session.initialize(initial);
    }

    public G network() {
        return network;
    }

    public TrainingSession session() {
        return session;
    }

    @Override
    public void close() {
        session.close();
        graph.close();
    }
}
