package dev.darkroom.network.clip;

import dev.darkroom.network.nn.Layer;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.parameter.ParameterLayout;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Pictures and texts in one space, where those that belong together lie close.
 *
 * <p>Radford et al. 2021 (arXiv:2103.00020), as {@code CLIPModel} of transformers computes it.
 */
public final class ClipNetwork {
    /** Key of the logarithm of what cosines are multiplied by before the softmax. */
    public static final String LOGIT_SCALE = "logit_scale";

    private final ClipConfiguration configuration;

    public ClipNetwork(ClipConfiguration configuration) {
        this.configuration = configuration;
    }

    /**
     * @param image [N, S, S, 3], normalised as the checkpoint's preprocessing says
     * @return [N, P], each of length 1
     */
    public Operand<TFloat32> embedImages(NetworkScope root, Operand<TFloat32> image) {
        Operand<TFloat32> pooled = new ClipVisionNetwork(configuration.vision()).build(root, image);
        return projected(root, "visual_projection", pooled, configuration.vision().width());
    }

    /**
     * @param tokenIds int32 [N, T]
     * @return [N, P], each of length 1
     */
    public Operand<TFloat32> embedTexts(NetworkScope root, Operand<TInt32> tokenIds) {
        Operand<TFloat32> pooled =
                new ClipTextNetwork(configuration.text()).build(root, tokenIds).pooled();
        return projected(root, "text_projection", pooled, configuration.text().width());
    }

    /** What cosines are multiplied by: the exponential of the parameter, a scalar. */
    public Operand<TFloat32> scale(NetworkScope root) {
        return root.tf().math.exp(root.parameter(LOGIT_SCALE, ParameterLayout.PLAIN));
    }

    private Operand<TFloat32> projected(
            NetworkScope root, String projection, Operand<TFloat32> pooled, int width) {
        Ops tf = root.tf();
        Operand<TFloat32> x =
                Layer.projection(
                        root.child(projection), pooled, width, configuration.projectionWidth());
        Operand<TFloat32> square =
                tf.reduceSum(tf.math.square(x), root.ints(1), ReduceSum.keepDims(true));
        return tf.math.mul(x, tf.math.rsqrt(square));
    }
}
