package dev.darkroom.network.nn;

import dev.darkroom.network.parameter.ParameterLayout;
import dev.darkroom.network.parameter.ParameterSource;
import dev.darkroom.network.parameter.ParameterSpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A place in a network: the graph, the source of parameters, and the Hugging Face name of the
 * module that is being built.
 *
 * <p>The operation that gives a module's output carries the module's name, so any block of a graph
 * can be fetched by the name that it has in PyTorch.
 */
public final class NetworkScope {
    private final Ops tf;
    private final ParameterSource parameters;
    private final String name;
    private final Map<List<Integer>, Operand<TInt32>> vectors;
    private final Map<Float, Operand<TFloat32>> scalars;

    public NetworkScope(Ops tf, ParameterSource parameters) {
        this(tf, parameters, "", new HashMap<>(), new HashMap<>());
    }

    private NetworkScope(
            Ops tf,
            ParameterSource parameters,
            String name,
            Map<List<Integer>, Operand<TInt32>> vectors,
            Map<Float, Operand<TFloat32>> scalars) {
        this.tf = tf;
        this.parameters = parameters;
        this.name = name;
        this.vectors = vectors;
        this.scalars = scalars;
    }

    /** A module of this one; dots descend further. */
    public NetworkScope child(String module) {
        return new NetworkScope(
                tf, parameters, name.isEmpty() ? module : name + "." + module, vectors, scalars);
    }

    /** Element {@code index} of a list of modules. */
    public NetworkScope child(String modules, int index) {
        return child(modules + "." + index);
    }

    public String name() {
        return name;
    }

    public Ops tf() {
        return tf;
    }

    /** For the one operation that gives this module's output. */
    public Ops named() {
        return tf.withName(name);
    }

    public Operand<TFloat32> parameter(String field, ParameterLayout layout, long... shape) {
        return parameters.parameter(
                new ParameterSpec(
                        child(field).name(), layout, Arrays.stream(shape).boxed().toList()));
    }

    /** An element of a vector, as a scalar. */
    public Operand<TInt32> element(Operand<TInt32> vector, int index) {
        return tf.reshape(tf.slice(vector, ints(index), ints(1)), tf.constant(new int[0]));
    }

    /** A constant int32 vector; one node for equal ones. */
    public Operand<TInt32> ints(Integer... values) {
        return vectors.computeIfAbsent(
                List.of(values),
                key -> tf.constant(key.stream().mapToInt(Integer::intValue).toArray()));
    }

    /** A constant scalar; one node for equal ones. */
    public Operand<TFloat32> scalar(double value) {
        return scalars.computeIfAbsent((float) value, tf::constant);
    }
}
