package dev.darkroom.trainer.loop;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.contract.tensor.SafetensorsFile;
import dev.darkroom.contract.tensor.SafetensorsWriter;
import dev.darkroom.contract.tensor.TensorDeclaration;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.trainer.graph.AdamW;
import dev.darkroom.trainer.graph.TrainableParameters;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/**
 * A graph that learns, with its values: makes steps, and is saved and restored whole. Belongs to
 * one thread.
 */
public final class TrainingSession implements AutoCloseable {
    /**
     * What came of a step.
     *
     * @param loss before the step, over its batch
     * @param gradientNorm of all gradients together, before clipping
     */
    public record Step(double loss, double gradientNorm) {}

    private static final double AVERAGE_POWER = 7;
    private static final String STEPS = "steps";
    private static final long GROUP_ELEMENTS = 1L << 26;

    private record Setter(Placeholder<TFloat32> value, Op assignment) {}

    private final Ops tf;
    private final TrainableParameters parameters;
    private final AdamW optimizer;
    private final Operand<TFloat32> loss;
    private final double averageDecay;
    private final Map<String, Variable<TFloat32>> variables = new LinkedHashMap<>();
    private final Map<String, Setter> setters = new LinkedHashMap<>();
    private final List<List<String>> groups;
    private final Session session;
    private long steps;

    /**
     * @param loss a scalar
     * @param averageDecay of the moving average, where the optimizer keeps one
     */
    public TrainingSession(
            Graph graph,
            TrainableParameters parameters,
            AdamW optimizer,
            Operand<TFloat32> loss,
            double averageDecay,
            ConfigProto configuration) {
        this.tf = Ops.create(graph);
        this.parameters = parameters;
        this.optimizer = optimizer;
        this.loss = loss;
        this.averageDecay = averageDecay;
        variables.putAll(parameters.variables());
        variables.putAll(optimizer.slots());
        variables.forEach((name, variable) -> setters.put(name, setter(name, variable)));
        groups = groups();
        session = new Session(graph, configuration);
    }

    /**
     * The state in parts: each set of tensors that a session is asked for costs it a walk through
     * the whole graph the first time, and all of a large state at once would be held twice.
     */
    private List<List<String>> groups() {
        List<List<String>> parts = new ArrayList<>();
        List<String> part = new ArrayList<>();
        long elements = 0;
        for (String name : variables.keySet()) {
            if (!part.isEmpty() && elements + size(name) > GROUP_ELEMENTS) {
                parts.add(part);
                part = new ArrayList<>();
                elements = 0;
            }
            part.add(name);
            elements += size(name);
        }
        parts.add(part);
        return parts;
    }

    private Setter setter(String name, Variable<TFloat32> variable) {
        Placeholder<TFloat32> value =
                tf.withName("set." + name)
                        .placeholder(
                                TFloat32.class, Placeholder.shape(variable.asOutput().shape()));
        return new Setter(value, tf.assign(variable, value));
    }

    /** Gives every variable its value before the first step. */
    public void initialize(ParameterValues initial) {
        Map<String, ParameterSpec> specs = new LinkedHashMap<>();
        parameters.specs().forEach(spec -> specs.put(spec.key(), spec));
        fill(
                name -> {
                    String key = AdamW.averagedKey(name).orElse(name);
                    ParameterSpec spec = specs.get(key);
                    return spec == null ? new float[size(name)] : initial.values(spec);
                });
        steps = 0;
    }

    private int size(String name) {
        return Math.toIntExact(variable(name).asOutput().shape().size());
    }

    private Variable<TFloat32> variable(String name) {
        return Objects.requireNonNull(variables.get(name), name);
    }

    /** Gives every variable of the state a value. */
    private void fill(Function<String, float[]> values) {
        for (List<String> group : groups) {
            List<TFloat32> tensors = new ArrayList<>();
            try {
                Session.Runner runner = session.runner();
                for (String name : group) {
                    Setter setter = Objects.requireNonNull(setters.get(name));
                    TFloat32 tensor =
                            TFloat32.tensorOf(
                                    variable(name).asOutput().shape(),
                                    DataBuffers.of(values.apply(name)));
                    tensors.add(tensor);
                    runner.feed(setter.value(), tensor).addTarget(setter.assignment());
                }
                runner.run().close();
            } finally {
                tensors.forEach(TFloat32::close);
            }
        }
    }

    private Map<String, float[]> read(List<String> names) {
        Session.Runner runner = session.runner();
        names.forEach(name -> runner.fetch(variable(name)));
        Map<String, float[]> values = new LinkedHashMap<>();
        try (Result result = runner.run()) {
            for (int i = 0; i < names.size(); i++) {
                values.put(names.get(i), Feeds.floats((TFloat32) result.get(i)));
            }
        }
        return values;
    }

    /** Values of the whole state by name: parameters by their keys, and the optimizer's slots. */
    public Map<String, float[]> values() {
        Map<String, float[]> values = new LinkedHashMap<>();
        groups.forEach(group -> values.putAll(read(group)));
        return values;
    }

    /**
     * What a checkpoint gets: the averages where there are any, the parameters elsewhere. Read
     * once, here.
     */
    public ParameterValues averages() {
        Map<String, float[]> values = values();
        return spec ->
                Objects.requireNonNull(
                        values.getOrDefault(AdamW.averageSlot(spec.key()), values.get(spec.key())),
                        spec.key());
    }

    /** Steps made since {@link #initialize}. */
    public long steps() {
        return steps;
    }

    /**
     * Makes one step.
     *
     * @param batches the feeds of as many batches as the optimizer accumulates
     */
    public Step step(List<Feeds> batches, double learningRate) {
        if (batches.size() != optimizer.options().accumulation()) {
            throw new IllegalArgumentException(
                    batches.size()
                            + " batches for a step of "
                            + optimizer.options().accumulation());
        }
        double sum = 0;
        for (Feeds feeds : batches.subList(0, batches.size() - 1)) {
            Session.Runner runner = feeds.into(session.runner()).fetch(loss);
            optimizer.accumulate().forEach(runner::addTarget);
            try (Result result = runner.run()) {
                sum += ((TFloat32) result.get(0)).getFloat();
            }
        }
        steps++;
        Session.Runner runner =
                batches.get(batches.size() - 1)
                        .into(session.runner())
                        .fetch(loss)
                        .fetch(optimizer.norm());
        optimizer.apply().forEach(runner::addTarget);
        // A power of the steps' number: the average's memory grows with the training, about a
        // tenth of it (Karras et al. 2024, arXiv:2312.02696, section 3.1), up to the given decay.
        double decay = Math.min(averageDecay, Math.pow(1 - 1.0 / steps, AVERAGE_POWER));
        try (TFloat32 rate = TFloat32.scalarOf((float) learningRate);
                TFloat32 beta1 =
                        TFloat32.scalarOf(
                                (float) Math.pow(optimizer.options().beta1(), (double) steps));
                TFloat32 beta2 =
                        TFloat32.scalarOf(
                                (float) Math.pow(optimizer.options().beta2(), (double) steps));
                TFloat32 average = TFloat32.scalarOf((float) decay)) {
            runner.feed(optimizer.learningRate(), rate)
                    .feed(optimizer.beta1Power(), beta1)
                    .feed(optimizer.beta2Power(), beta2);
            if (optimizer.options().average()) {
                runner.feed(optimizer.averageDecay(), average);
            }
            try (Result result = runner.run()) {
                sum += ((TFloat32) result.get(0)).getFloat();
                return new Step(sum / batches.size(), ((TFloat32) result.get(1)).getFloat());
            }
        }
    }

    /** Writes the whole state, in one move. */
    public void save(Path file) throws IOException {
        List<TensorDeclaration> tensors = new ArrayList<>();
        variables.forEach(
                (name, variable) ->
                        tensors.add(
                                new TensorDeclaration(
                                        name, ElementType.F32, dimensions(variable))));
        try (SafetensorsWriter writer =
                SafetensorsWriter.create(file, tensors, Map.of(STEPS, Long.toString(steps)))) {
            for (List<String> group : groups) {
                Map<String, float[]> values = read(group);
                for (String name : group) {
                    writer.append(name, Objects.requireNonNull(values.get(name)));
                }
            }
            writer.finish();
        }
    }

    private static List<Long> dimensions(Variable<TFloat32> variable) {
        return Arrays.stream(variable.asOutput().shape().asArray()).boxed().toList();
    }

    /**
     * Takes the state of {@link #save}.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} where the file is of another
     *     network or optimizer
     */
    public void restore(Path file) {
        try (SafetensorsFile state = SafetensorsFile.open(file)) {
            Map<String, List<Long>> expected = new LinkedHashMap<>();
            variables.forEach((name, variable) -> expected.put(name, dimensions(variable)));
            Map<String, List<Long>> found = new LinkedHashMap<>();
            state.tensors().forEach((name, info) -> found.put(name, info.shape()));
            String made = state.metadata().get(STEPS);
            if (made == null || !expected.equals(found)) {
                throw new DarkroomException(
                        ErrorCode.INVALID_CHECKPOINT,
                        file + " is not the state of this network and optimizer");
            }
            fill(
                    name -> {
                        FloatBuffer values = FloatBuffer.allocate(size(name));
                        state.readFloats(name, values);
                        return values.array();
                    });
            steps = Long.parseLong(made);
        }
    }

    /** For what is computed beside the steps, from the same variables. */
    public Session session() {
        return session;
    }

    @Override
    public void close() {
        session.close();
    }
}
