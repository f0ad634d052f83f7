package dev.darkroom.network.parameter;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;

/**
 * Declares one variable for each parameter asked for, named by its key and without a value, and
 * remembers them in the order of asking: what a network needs is what it declared.
 */
public final class DeclaredParameters implements ParameterSource {
    private final Ops tf;
    private final Map<String, ParameterSpec> specs = new LinkedHashMap<>();
    private final Map<String, Variable<TFloat32>> variables = new LinkedHashMap<>();

    public DeclaredParameters(Ops tf) {
        this.tf = tf;
    }

    @Override
    public Operand<TFloat32> parameter(ParameterSpec spec) {
        ParameterSpec known = specs.putIfAbsent(spec.key(), spec);
        if (known != null && !known.equals(spec)) {
            throw new IllegalArgumentException(spec + " was declared as " + known);
        }
        return variables.computeIfAbsent(
                spec.key(),
                key ->
                        tf.withName(key)
                                .variable(
                                        Shape.of(
                                                spec.shape().stream()
                                                        .mapToLong(Long::longValue)
                                                        .toArray()),
                                        TFloat32.class));
    }

    /** Every parameter that was asked for, in that order. */
    public List<ParameterSpec> specs() {
        return List.copyOf(new ArrayList<>(specs.values()));
    }

    /** Their variables, by key, in the same order. */
    public Map<String, Variable<TFloat32>> variables() {
        return Collections.unmodifiableMap(variables);
    }
}
