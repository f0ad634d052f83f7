package dev.darkroom.network.export;

import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.parameter.DeclaredParameters;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;

/**
 * Networks with given values, run in this process: build them over {@link #scope}, then {@link
 * #load} what they asked for. Whoever opens it closes it.
 */
public final class FrozenNetwork implements AutoCloseable {
    private final Graph graph;
    private final Session session;
    private final Ops tf;
    private final DeclaredParameters parameters;
    private final NetworkScope scope;
    private final Map<String, Setter> setters = new HashMap<>();

    private record Setter(Placeholder<TFloat32> value, Op assignment) {}

    public FrozenNetwork() {
        TensorflowNatives.load();
        graph = new Graph();
        session = new Session(graph);
        tf = Ops.create(graph);
        parameters = new DeclaredParameters(tf);
        scope = new NetworkScope(tf, parameters);
    }

    public NetworkScope scope() {
        return scope;
    }

    /** What the networks built so far need. */
    public List<ParameterSpec> specs() {
        return parameters.specs();
    }

    /** Gives every parameter its value; again where values have changed. */
    public void load(ParameterValues values) {
        for (ParameterSpec spec : specs()) {
            Variable<TFloat32> variable =
                    Objects.requireNonNull(parameters.variables().get(spec.key()));
            Setter setter = setters.computeIfAbsent(spec.key(), key -> setter(variable));
            Shape shape = variable.asOutput().shape();
            try (TFloat32 tensor = TFloat32.tensorOf(shape, DataBuffers.of(values.values(spec)))) {
                session.runner()
                        .feed(setter.value(), tensor)
                        .addTarget(setter.assignment())
                        .run()
                        .close();
            }
        }
    }

    private Setter setter(Variable<TFloat32> variable) {
        Placeholder<TFloat32> value =
                tf.placeholder(TFloat32.class, Placeholder.shape(variable.asOutput().shape()));
        return new Setter(value, tf.assign(variable, value));
    }

    /** Runs are safe from several threads. */
    public Session session() {
        return session;
    }

    @Override
    public void close() {
        session.close();
        graph.close();
    }
}
