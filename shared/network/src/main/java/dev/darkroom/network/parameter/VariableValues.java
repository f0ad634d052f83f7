package dev.darkroom.network.parameter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;

/**
 * Writes and reads the values of a graph's variables, by name.
 *
 * <p>In groups: each set of tensors that a session is asked for costs it a walk through the whole
 * graph the first time, and all of a large network at once would be held twice.
 */
public final class VariableValues {
    private static final long GROUP_ELEMENTS = 1L << 26;

    private record Setter(
            Variable<TFloat32> variable, Placeholder<TFloat32> value, Op assignment) {}

    private final Map<String, Setter> setters = new LinkedHashMap<>();
    private final List<List<String>> groups = new ArrayList<>();

    /** Adds what sets them to the graph. */
    public VariableValues(Ops tf, Map<String, Variable<TFloat32>> variables) {
        List<String> group = new ArrayList<>();
        long elements = 0;
        for (Map.Entry<String, Variable<TFloat32>> entry : variables.entrySet()) {
            Variable<TFloat32> variable = entry.getValue();
            Shape shape = variable.asOutput().shape();
            Placeholder<TFloat32> value = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
            setters.put(entry.getKey(), new Setter(variable, value, tf.assign(variable, value)));
            if (!group.isEmpty() && elements + shape.size() > GROUP_ELEMENTS) {
                groups.add(group);
                group = new ArrayList<>();
                elements = 0;
            }
            group.add(entry.getKey());
            elements += shape.size();
        }
        if (!group.isEmpty()) {
            groups.add(group);
        }
    }

    /** Names that are best read together, in the order of the variables. */
    public List<List<String>> groups() {
        return groups.stream().map(List::copyOf).toList();
    }

    /** Dimensions of all variables, by name in their order. */
    public Map<String, List<Long>> shapes() {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        setters.keySet().forEach(name -> shapes.put(name, dimensions(name)));
        return shapes;
    }

    private List<Long> dimensions(String name) {
        return Arrays.stream(shape(name).asArray()).boxed().toList();
    }

    private Shape shape(String name) {
        return setter(name).variable().asOutput().shape();
    }

    private Setter setter(String name) {
        return Objects.requireNonNull(setters.get(name), name);
    }

    /** Number of a variable's elements. */
    public int size(String name) {
        return Math.toIntExact(shape(name).size());
    }

    /** Gives every variable its value, row-major. */
    public void write(Session session, Function<String, float[]> values) {
        for (List<String> group : groups) {
            List<TFloat32> tensors = new ArrayList<>();
            try {
                Session.Runner runner = session.runner();
                for (String name : group) {
                    TFloat32 tensor =
                            TFloat32.tensorOf(shape(name), DataBuffers.of(values.apply(name)));
                    tensors.add(tensor);
                    runner.feed(setter(name).value(), tensor).addTarget(setter(name).assignment());
                }
                runner.run().close();
            } finally {
                tensors.forEach(TFloat32::close);
            }
        }
    }

    /** Values of some variables, row-major, by name in the given order. */
    public Map<String, float[]> read(Session session, List<String> names) {
        Session.Runner runner = session.runner();
        names.forEach(name -> runner.fetch(setter(name).variable()));
        Map<String, float[]> values = new LinkedHashMap<>();
        try (Result result = runner.run()) {
            for (int i = 0; i < names.size(); i++) {
                float[] read = new float[size(names.get(i))];
                ((TFloat32) result.get(i)).asRawTensor().data().asFloats().read(read);
                values.put(names.get(i), read);
            }
        }
        return values;
    }
}
