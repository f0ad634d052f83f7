package dev.darkroom.trainer.graph;

import dev.darkroom.network.parameter.ParameterLayout;
import dev.darkroom.network.parameter.ParameterSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.op.math.Mul;
import org.tensorflow.op.train.ApplyAdam;
import org.tensorflow.types.TFloat32;

/**
 * Gradients of a loss and the operations that follow them: clipping by the global norm, Adam
 * (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1 with the epsilon of section 2) with decoupled
 * weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101), and an exponential moving average of
 * the parameters.
 *
 * <p>Everything that changes a variable depends on the norm of all gradients, and that on every
 * gradient: so no variable changes while another gradient still reads it.
 */
public final class AdamW {
    private static final String MEAN = "adam.m.";
    private static final String SQUARE = "adam.v.";
    private static final String AVERAGE = "average.";
    private static final String SUM = "gradient.";

    private final OptimizerOptions options;
    private final Ops tf;
    private final TrainableParameters parameters;
    private final Map<String, Variable<TFloat32>> slots = new LinkedHashMap<>();
    private final Map<String, Variable<TFloat32>> averages = new LinkedHashMap<>();
    private final Placeholder<TFloat32> learningRate;
    private final Placeholder<TFloat32> beta1Power;
    private final Placeholder<TFloat32> beta2Power;
    private final Placeholder<TFloat32> averageDecay;
    private final Operand<TFloat32> norm;
    private final List<Op> accumulate = new ArrayList<>();
    private final List<Op> apply = new ArrayList<>();

    /**
     * @param loss a scalar, that every trained parameter takes part in
     */
    public AdamW(
            Graph graph,
            Ops root,
            TrainableParameters parameters,
            Operand<TFloat32> loss,
            OptimizerOptions options) {
        this.options = options;
        this.parameters = parameters;
        this.tf = root.withSubScope("optimizer");
        learningRate = scalar("learning_rate");
        beta1Power = scalar("beta1_power");
        beta2Power = scalar("beta2_power");
        averageDecay = scalar("average_decay");
        List<ParameterSpec> trained = parameters.trained();
        List<Operand<TFloat32>> gradients = gradients(graph, loss, trained);
        if (options.accumulation() > 1) {
            gradients = accumulated(trained, gradients);
        }
        norm = norm(gradients);
        Operand<TFloat32> factor =
                tf.math.minimum(
                        tf.constant(1f),
                        tf.math.div(
                                tf.constant((float) options.clipNorm()),
                                tf.math.add(norm, tf.constant(1e-6f))));
        for (int i = 0; i < trained.size(); i++) {
            apply.add(update(trained.get(i), tf.math.mul(gradients.get(i), factor)));
        }
    }

    private Placeholder<TFloat32> scalar(String name) {
        return tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    }

    private List<Operand<TFloat32>> gradients(
            Graph graph, Operand<TFloat32> loss, List<ParameterSpec> trained) {
        Output<?>[] variables =
                trained.stream().map(spec -> variable(spec).asOutput()).toArray(Output[]::new);
        Output<?>[] found = graph.addGradients(loss.asOutput(), variables);
        List<Operand<TFloat32>> gradients = new ArrayList<>();
        for (int i = 0; i < found.length; i++) {
            gradients.add(dense(found[i], trained.get(i)));
        }
        return gradients;
    }

    @SuppressWarnings("unchecked")
    private static Operand<TFloat32> dense(Output<?> gradient, ParameterSpec spec) {
        if (gradient.op() == null) {
            throw new IllegalArgumentException(spec.key() + " takes no part in the loss");
        }
        return (Output<TFloat32>) gradient;
    }

    private Variable<TFloat32> variable(ParameterSpec spec) {
        return Objects.requireNonNull(parameters.variables().get(spec.key()));
    }

    private Variable<TFloat32> slot(String kind, ParameterSpec spec) {
        return slots.computeIfAbsent(
                kind + spec.key(),
                name -> parameters.declare(name, TrainableParameters.shape(spec)));
    }

    private List<Operand<TFloat32>> accumulated(
            List<ParameterSpec> trained, List<Operand<TFloat32>> gradients) {
        List<Operand<TFloat32>> means = new ArrayList<>();
        Operand<TFloat32> share = tf.constant(1f / options.accumulation());
        for (int i = 0; i < trained.size(); i++) {
            Variable<TFloat32> sum = slot(SUM, trained.get(i));
            accumulate.add(tf.assignAdd(sum, gradients.get(i)));
            means.add(tf.math.mul(tf.math.add(sum, gradients.get(i)), share));
        }
        return means;
    }

    private Operand<TFloat32> norm(List<Operand<TFloat32>> gradients) {
        List<Operand<TFloat32>> squares = new ArrayList<>();
        for (Operand<TFloat32> gradient : gradients) {
            squares.add(tf.nn.l2Loss(gradient));
        }
        return tf.withName("gradient_norm")
                .math
                .sqrt(tf.math.mul(tf.constant(2f), tf.math.addN(squares)));
    }

    private Op update(ParameterSpec spec, Mul<TFloat32> gradient) {
        Variable<TFloat32> variable = variable(spec);
        Ops after = tf;
        if (options.weightDecay() > 0 && spec.layout() != ParameterLayout.PLAIN) {
            Operand<TFloat32> decay =
                    tf.math.mul(
                            tf.math.mul(learningRate, tf.constant((float) options.weightDecay())),
                            // Only the dependency on the gradients orders this after their readers.
                            tf.withControlDependencies(List.of((Op) gradient)).identity(variable));
            after = tf.withControlDependencies(List.of((Op) tf.assignSub(variable, decay)));
        }
        ApplyAdam<TFloat32> moved =
                after.train.applyAdam(
                        variable,
                        slot(MEAN, spec),
                        slot(SQUARE, spec),
                        beta1Power,
                        beta2Power,
                        learningRate,
                        tf.constant((float) options.beta1()),
                        tf.constant((float) options.beta2()),
                        tf.constant((float) options.epsilon()),
                        gradient);
        List<Op> done = new ArrayList<>();
        done.add(moved);
        if (options.average()) {
            Variable<TFloat32> average = slot(AVERAGE, spec);
            averages.put(spec.key(), average);
            Ops later = tf.withControlDependencies(List.of((Op) moved));
            Operand<TFloat32> away = later.math.sub(average, later.identity(variable));
            done.add(
                    tf.assignSub(
                            average,
                            tf.math.mul(away, tf.math.sub(tf.constant(1f), averageDecay))));
        }
        if (options.accumulation() > 1) {
            Variable<TFloat32> sum = slot(SUM, spec);
            Ops later = tf.withControlDependencies(List.of((Op) moved));
            done.add(later.assign(sum, later.zerosLike(sum)));
        }
        return tf.withControlDependencies(done).noOp();
    }

    public OptimizerOptions options() {
        return options;
    }

    /** Moments, averages and sums of gradients, by name: with the parameters the whole state. */
    public Map<String, Variable<TFloat32>> slots() {
        return slots;
    }

    /** The slot that keeps a parameter's moving average. */
    public static String averageSlot(String key) {
        return AVERAGE + key;
    }

    /** The parameter whose moving average a slot keeps; nothing for other slots. */
    public static Optional<String> averagedKey(String slot) {
        return slot.startsWith(AVERAGE)
                ? Optional.of(slot.substring(AVERAGE.length()))
                : Optional.empty();
    }

    /** What reads the averages where there are any, and the parameters themselves elsewhere. */
    public Operand<TFloat32> averageOf(ParameterSpec spec) {
        Variable<TFloat32> average = averages.get(spec.key());
        return average == null ? variable(spec) : average;
    }

    public Placeholder<TFloat32> learningRate() {
        return learningRate;
    }

    public Placeholder<TFloat32> beta1Power() {
        return beta1Power;
    }

    public Placeholder<TFloat32> beta2Power() {
        return beta2Power;
    }

    public Placeholder<TFloat32> averageDecay() {
        return averageDecay;
    }

    /** Norm of all gradients together, before clipping. */
    public Operand<TFloat32> norm() {
        return norm;
    }

    /** Adds a batch's gradients to the sums; for all but the last batch of a step. */
    public List<Op> accumulate() {
        return accumulate;
    }

    /** Makes the step. */
    public List<Op> apply() {
        return apply;
    }
}
