package dev.darkroom.trainer.loop;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.contract.tensor.SafetensorsFile;
import dev.darkroom.contract.tensor.SafetensorsWriter;
import dev.darkroom.contract.tensor.TensorDeclaration;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.network.parameter.VariableValues;
import dev.darkroom.trainer.graph.AdamW;
import dev.darkroom.trainer.graph.TrainableParameters;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Variable;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/**
 * A graph that learns, with its values: makes steps, and is saved and restored. What it does not
 * train is no part of a save: {@link #initialize} gives it again. Belongs to one thread.
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

    private final TrainableParameters parameters;
    private final AdamW optimizer;
    private final Operand<TFloat32> loss;
    private final double averageDecay;

    /** Trained parameters and the optimizer's slots. */
    private final VariableValues learned;

    private final VariableValues frozen;
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
        this.parameters = parameters;
        this.optimizer = optimizer;
        this.loss = loss;
        this.averageDecay = averageDecay;
        Map<String, Variable<TFloat32>> moving = new LinkedHashMap<>();
        Map<String, Variable<TFloat32>> still = new LinkedHashMap<>(parameters.variables());
        for (ParameterSpec spec : parameters.trained()) {
            moving.put(spec.key(), Objects.requireNonNull(still.remove(spec.key())));
        }
        moving.putAll(optimizer.slots());
        learned = new VariableValues(Ops.create(graph), moving);
        frozen = new VariableValues(Ops.create(graph), still);
        session = new Session(graph, configuration);
    }

    /** Gives every variable its value before the first step, or before {@link #restore}. */
    public void initialize(ParameterValues initial) {
        Map<String, ParameterSpec> specs = new LinkedHashMap<>();
        parameters.specs().forEach(spec -> specs.put(spec.key(), spec));
        for (VariableValues variables : List.of(frozen, learned)) {
            variables.write(
                    session,
                    name -> {
                        String key = AdamW.averagedKey(name).orElse(name);
                        ParameterSpec spec = specs.get(key);
                        return spec == null
                                ? new float[variables.size(name)]
                                : initial.values(spec);
                    });
        }
        steps = 0;
    }

    /** Every value by name: parameters by their keys, and the optimizer's slots. */
    public Map<String, float[]> values() {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (VariableValues variables : List.of(frozen, learned)) {
            variables.groups().forEach(group -> values.putAll(variables.read(session, group)));
        }
        return values;
    }

    /**
     * What a checkpoint gets of the trained parameters: the averages where there are any, else the
     * parameters themselves. Read where they are asked for, while the session is open and makes no
     * step: of a large network all of them are more than the heap has room for.
     */
    public ParameterValues averages() {
        return new Averages();
    }

    /**
     * Holds what was read together with the last value and was not asked for yet, so that whoever
     * asks in the order of the variables has each group read once.
     */
    private final class Averages implements ParameterValues {
        private final Map<String, List<String>> groups = new HashMap<>();
        private final Map<String, float[]> read = new HashMap<>();

        Averages() {
            Set<String> wanted = new HashSet<>();
            parameters.trained().forEach(spec -> wanted.add(name(spec)));
            for (List<String> group : learned.groups()) {
                List<String> names = group.stream().filter(wanted::contains).toList();
                names.forEach(name -> groups.put(name, names));
            }
        }

        private String name(ParameterSpec spec) {
            String average = AdamW.averageSlot(spec.key());
            return optimizer.slots().containsKey(average) ? average : spec.key();
        }

        @Override
        public float[] values(ParameterSpec spec) {
            String name = name(spec);
            if (!read.containsKey(name)) {
                read.clear();
                read.putAll(
                        learned.read(
                                session, Objects.requireNonNull(groups.get(name), spec.key())));
            }
            return Objects.requireNonNull(read.remove(name));
        }
    }

    /** Batches of a step. */
    public int accumulation() {
        return optimizer.options().accumulation();
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
        if (batches.size() != accumulation()) {
            throw new IllegalArgumentException(
                    batches.size() + " batches for a step of " + accumulation());
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

    /** Writes the state of what is trained, in one move. */
    public void save(Path file) throws IOException {
        List<TensorDeclaration> tensors = new ArrayList<>();
        learned.shapes()
                .forEach(
                        (name, shape) ->
                                tensors.add(new TensorDeclaration(name, ElementType.F32, shape)));
        try (SafetensorsWriter writer =
                SafetensorsWriter.create(file, tensors, Map.of(STEPS, Long.toString(steps)))) {
            for (List<String> group : learned.groups()) {
                Map<String, float[]> values = learned.read(session, group);
                for (String name : group) {
                    writer.append(name, Objects.requireNonNull(values.get(name)));
                }
            }
            writer.finish();
        }
    }

    /**
     * Takes the state of {@link #save}; what is not trained stays as it is.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} where the file is of another
     *     network or optimizer
     */
    public void restore(Path file) {
        try (SafetensorsFile state = SafetensorsFile.open(file)) {
            Map<String, List<Long>> found = new LinkedHashMap<>();
            state.tensors().forEach((name, info) -> found.put(name, info.shape()));
            String made = state.metadata().get(STEPS);
            if (made == null || !learned.shapes().equals(found)) {
                throw new DarkroomException(
                        ErrorCode.INVALID_CHECKPOINT,
                        file + " is not the state of this network and optimizer");
            }
            learned.write(
                    session,
                    name -> {
                        FloatBuffer values = FloatBuffer.allocate(learned.size(name));
                        state.readFloats(name, values);
                        return values.array();
                    });
            steps = Long.parseLong(made);
        }
    }

    /** What the variables of now make of something; its values, row-major. */
    public float[] compute(Feeds feeds, Operand<TFloat32> wanted) {
        try (Result result = feeds.into(session.runner()).fetch(wanted).run()) {
            return Feeds.floats((TFloat32) result.get(0));
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
