package dev.darkroom.network.parameter;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Low-rank adapters: a matrix W that stays as it is becomes W + alpha / rank x A B, of which only A
 * and B are trained (Hu et al. 2021, arXiv:2106.09685). B begins at zero, so that training begins
 * at the network that there was.
 *
 * @param rank columns of A and rows of B
 * @param alpha weight of the adapters, times the rank
 * @param targets which matrices have adapters
 */
public record Lora(int rank, double alpha, Set<Target> targets) {
    private static final String WEIGHT = ".weight";
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";

    /** Matrices that can be adapted, by the names of their parameters. */
    public enum Target {
        /** Queries, keys, values and outputs of the UNet's attention. */
        UNET_ATTENTION("(.*\\.)?attn[12]\\.to_(q|k|v|out\\.0)\\.weight"),
        UNET_FEED_FORWARD("(.*\\.)?ff\\.net\\.(0\\.proj|2)\\.weight"),
        TEXT_ATTENTION("(.*\\.)?self_attn\\.(q|k|v|out)_proj\\.weight"),
        TEXT_FEED_FORWARD("(.*\\.)?mlp\\.fc[12]\\.weight");

        private final Pattern keys;

        Target(String keys) {
            this.keys = Pattern.compile(keys);
        }
    }

    public Lora {
        if (rank < 1 || !(alpha > 0 && alpha <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "rank is " + rank + " and alpha " + alpha + ", must be positive");
        }
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("nothing to adapt");
        }
        // In the order of the enum, whatever order they came in.
        targets = java.util.Collections.unmodifiableSet(EnumSet.copyOf(targets));
    }

    /** What A B is multiplied by. */
    public double scale() {
        return alpha / rank;
    }

    /** Whether a parameter of a network has an adapter. */
    public boolean adapts(ParameterSpec spec) {
        return targets.stream().anyMatch(target -> target.keys.matcher(spec.key()).matches());
    }

    /** A of an adapted parameter, [in, rank]. */
    public ParameterSpec a(ParameterSpec adapted) {
        return new ParameterSpec(
                named(adapted.key(), A),
                ParameterLayout.LINEAR,
                List.of(adapted.shape().get(0), (long) rank));
    }

    /** B of an adapted parameter, [rank, out]. */
    public ParameterSpec b(ParameterSpec adapted) {
        return new ParameterSpec(
                named(adapted.key(), B),
                ParameterLayout.LINEAR,
                List.of((long) rank, adapted.shape().get(1)));
    }

    private static String named(String key, String ending) {
        return key.substring(0, key.length() - WEIGHT.length()) + ending;
    }

    /** Whether a key is an adapter's: what an optimizer trains. */
    public static boolean isAdapter(String key) {
        return key.endsWith(A) || isB(key);
    }

    /** Whether a key is of a B: what begins at zero. */
    public static boolean isB(String key) {
        return key.endsWith(B);
    }

    /** A source that gives adapted matrices, and asks {@code base} for A and B beside W. */
    public ParameterSource over(Ops tf, ParameterSource base) {
        Map<String, Operand<TFloat32>> known = new HashMap<>();
        Operand<TFloat32> scale = tf.constant((float) scale());
        return spec -> {
            if (!adapts(spec)) {
                return base.parameter(spec);
            }
            Operand<TFloat32> adapted = known.get(spec.key());
            if (adapted == null) {
                Operand<TFloat32> product =
                        tf.linalg.matMul(base.parameter(a(spec)), base.parameter(b(spec)));
                adapted = tf.math.add(base.parameter(spec), tf.math.mul(product, scale));
                known.put(spec.key(), adapted);
            }
            return adapted;
        };
    }

    /** The matrices that {@link #over} gives, as values: for a network that needs no adapters. */
    public ParameterValues merged(ParameterValues base, ParameterValues adapters) {
        return spec -> {
            float[] values = base.values(spec);
            if (adapts(spec)) {
                addProduct(
                        values, adapters.values(a(spec)), adapters.values(b(spec)), rank, scale());
            }
            return values;
        };
    }

    /**
     * Adds {@code scale} x A B.
     *
     * @param weight [in, out]
     * @param a [in, rank]
     * @param b [rank, out]
     */
    public static void addProduct(float[] weight, float[] a, float[] b, int rank, double scale) {
        int in = a.length / rank;
        int out = b.length / rank;
        if (a.length != in * rank || b.length != rank * out || weight.length != in * out) {
            throw new IllegalArgumentException(
                    "A of " + a.length + ", B of " + b.length + ", W of " + weight.length);
        }
        double[] row = new double[out];
        for (int i = 0; i < in; i++) {
            java.util.Arrays.fill(row, 0);
            for (int r = 0; r < rank; r++) {
                double factor = scale * a[i * rank + r];
                for (int o = 0; o < out; o++) {
                    row[o] += factor * b[r * out + o];
                }
            }
            for (int o = 0; o < out; o++) {
                weight[i * out + o] += (float) row[o];
            }
        }
    }
}
