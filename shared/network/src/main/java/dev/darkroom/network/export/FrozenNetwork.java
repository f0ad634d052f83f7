package dev.darkroom.network.export;

import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.parameter.DeclaredParameters;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.network.parameter.VariableValues;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;

/**
 * Networks with given values, run in this process: build all of them over {@link #scope}, then
 * {@link #load} what they asked for. Whoever opens it closes it.
 */
public final class FrozenNetwork implements AutoCloseable {
    private final Graph graph;
    private final Session session;
    private final Ops tf;
    private final DeclaredParameters parameters;
    private final NetworkScope scope;
    private Optional<VariableValues> variables = Optional.empty();

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
        Map<String, ParameterSpec> specs = new HashMap<>();
        specs().forEach(spec -> specs.put(spec.key(), spec));
        if (variables.isEmpty()) {
            variables = Optional.of(new VariableValues(tf, parameters.variables()));
        }
        variables
                .get()
                .write(session, key -> values.values(Objects.requireNonNull(specs.get(key), key)));
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
