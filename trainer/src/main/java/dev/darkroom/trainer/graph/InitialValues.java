package dev.darkroom.trainer.graph;

import dev.darkroom.network.parameter.ParameterLayout;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.trainer.data.KeyedRandom;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Values to begin with, a function of the seed and the parameter's key.
 *
 * <p>Matrices and kernels are uniform within 1/sqrt(fan in), as PyTorch's layers begin (He et al.
 * 2015, arXiv:1502.01852, with a = sqrt(5)); tables of embeddings are normal with the given
 * deviation; norms begin as the identity and biases at zero.
 */
public final class InitialValues implements ParameterValues {
    private static final double EMBEDDING_DEVIATION = 0.02;

    private final long seed;
    private final Predicate<String> zero;

    /**
     * @param zero keys that begin at zero: the last layer of a residual branch or of a network, so
     *     that it begins as the identity (Goyal et al. 2017, arXiv:1706.02677, section 5.1)
     */
    public InitialValues(long seed, Predicate<String> zero) {
        this.seed = seed;
        this.zero = zero;
    }

    @Override
    public float[] values(ParameterSpec spec) {
        float[] values = new float[Math.toIntExact(spec.elements())];
        if (zero.test(spec.key()) || spec.key().endsWith("bias")) {
            return values;
        }
        List<Long> shape = spec.shape();
        KeyedRandom random = new KeyedRandom(seed, spec.key().hashCode());
        if (spec.layout() != ParameterLayout.PLAIN) {
            long fanIn = spec.elements() / shape.get(shape.size() - 1);
            double bound = 1 / Math.sqrt((double) fanIn);
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (bound * (2 * random.nextDouble() - 1));
            }
        } else if (spec.key().contains("embedding")) {
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (EMBEDDING_DEVIATION * random.nextGaussian());
            }
        } else {
            Arrays.fill(values, 1);
        }
        return values;
    }
}
