package dev.darkroom.trainer.graph;

import dev.darkroom.network.clip.ClipConfiguration;
import dev.darkroom.network.clip.ClipNetwork;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.parameter.ParameterSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.nn.SoftmaxCrossEntropyWithLogits;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Pictures and captions that learn to find each other: the mean of both cross entropies over a
 * batch (Radford et al. 2021, arXiv:2103.00020, figure 3), against shares instead of single
 * answers, since captions that are equal are not each other's negatives.
 */
public final class ClipGraph {
    /** As in CLIP: the scale of the cosines grows no further. */
    private static final double MOST_SCALE = 100;

    private final Placeholder<TFloat32> image;
    private final Placeholder<TInt32> tokenIds;
    private final Placeholder<TFloat32> shares;
    private final Operand<TFloat32> loss;

    public ClipGraph(Ops tf, ParameterSource parameters, ClipConfiguration configuration) {
        image =
                tf.withName("image")
                        .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
        tokenIds =
                tf.withName("token_ids")
                        .placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
        shares =
                tf.withName("shares")
                        .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1)));
        NetworkScope scope = new NetworkScope(tf, parameters);
        ClipNetwork network = new ClipNetwork(configuration);
        Operand<TFloat32> images = network.embedImages(scope, image);
        Operand<TFloat32> texts = network.embedTexts(scope, tokenIds);
        Operand<TFloat32> scale = tf.math.minimum(network.scale(scope), scope.scalar(MOST_SCALE));
        Operand<TFloat32> logits =
                tf.math.mul(
                        tf.linalg.matMul(images, tf.linalg.transpose(texts, scope.ints(1, 0))),
                        scale);
        Operand<TFloat32> both =
                tf.math.add(
                        entropy(scope, logits),
                        entropy(scope, tf.linalg.transpose(logits, scope.ints(1, 0))));
        loss = tf.withName("loss").math.mul(both, scope.scalar(0.5));
    }

    private Operand<TFloat32> entropy(NetworkScope scope, Operand<TFloat32> logits) {
        Ops tf = scope.tf();
        Operand<TFloat32> each =
                SoftmaxCrossEntropyWithLogits.create(tf.scope(), logits, shares).loss();
        return tf.math.mean(each, scope.ints(0));
    }

    /** [N, S, S, 3], normalised. */
    public Operand<TFloat32> image() {
        return image;
    }

    /** [N, T]. */
    public Operand<TInt32> tokenIds() {
        return tokenIds;
    }

    /** [N, N], symmetric: what share of row i is caption j; each row's sum is 1. */
    public Operand<TFloat32> shares() {
        return shares;
    }

    public Operand<TFloat32> loss() {
        return loss;
    }
}
