package dev.darkroom.trainer.graph;

import dev.darkroom.network.parameter.ParameterSource;
import dev.darkroom.network.parameter.ParameterSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;

/**
 * One variable for each parameter that the networks of a training graph ask for; a session gives
 * them their values. Several networks share one of these, each {@link #under} a prefix.
 */
public final class TrainableParameters implements ParameterSource {
    private final Ops tf;
    private final Predicate<String> trained;
    private final Map<String, ParameterSpec> specs = new LinkedHashMap<>();
    private final Map<String, Variable<TFloat32>> variables = new LinkedHashMap<>();

    /**
     * @param trained keys that the optimizer moves; the others keep their values
     */
    public TrainableParameters(Ops tf, Predicate<String> trained) {
        this.tf = tf;
        this.trained = trained;
    }

    @Override
    public Operand<TFloat32> parameter(ParameterSpec spec) {
        ParameterSpec known = specs.putIfAbsent(spec.key(), spec);
        if (known != null && !known.equals(spec)) {
            throw new IllegalArgumentException(spec + " was declared as " + known);
        }
        return variables.computeIfAbsent(spec.key(), key -> declare(key, shape(spec)));
    }

    /** A source's parameters with a prefix before their keys: each network has names of its own. */
    public static ParameterSource under(String prefix, ParameterSource source) {
        return spec ->
                source.parameter(
                        new ParameterSpec(prefix + spec.key(), spec.layout(), spec.shape()));
    }

    Variable<TFloat32> declare(String name, Shape shape) {
        return tf.withName(name).variable(shape, TFloat32.class);
    }

    static Shape shape(ParameterSpec spec) {
        return Shape.of(spec.shape().stream().mapToLong(Long::longValue).toArray());
    }

    /** Every parameter in the order in which the networks asked for them. */
    public List<ParameterSpec> specs() {
        return List.copyOf(new ArrayList<>(specs.values()));
    }

    /** Those that the optimizer moves, in the same order. */
    public List<ParameterSpec> trained() {
        return specs.values().stream().filter(spec -> trained.test(spec.key())).toList();
    }

    /** All variables, by key, in the same order. */
    public Map<String, Variable<TFloat32>> variables() {
        return Collections.unmodifiableMap(variables);
    }
}
