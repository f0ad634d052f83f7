package dev.darkroom.network.clip;

import dev.darkroom.network.nn.Layer;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.parameter.ParameterLayout;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.GatherNd;
import org.tensorflow.op.core.Max;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * CLIP's text transformer: causal attention, no padding mask, layer norms before each half.
 *
 * <p>Radford et al. 2021 (arXiv:2103.00020), as {@code CLIPTextModel} of transformers computes it.
 */
public final class ClipTextNetwork {
    private final ClipTextConfiguration configuration;

    public ClipTextNetwork(ClipTextConfiguration configuration) {
        this.configuration = configuration;
    }

    /**
     * @param embedding [N, T, D], after the final norm
     * @param pooled [N, D], the embedding of the end token
     */
    public record Output(Operand<TFloat32> embedding, Operand<TFloat32> pooled) {}

    /**
     * @param root the scope above {@code text_model}
     * @param tokenIds int32 [N, T], T at most the configured positions
     */
    public Output build(NetworkScope root, Operand<TInt32> tokenIds) {
        Ops tf = root.tf();
        NetworkScope model = root.child("text_model");
        int width = configuration.width();
        Operand<TInt32> shape = tf.shape(tokenIds);
        Operand<TInt32> batch = model.element(shape, 0);
        Operand<TInt32> tokens = model.element(shape, 1);

        Operand<TFloat32> x = embed(model.child("embeddings"), tokenIds, tokens);
        Operand<TFloat32> mask = causalMask(model, tokens);
        ClipLayer layer =
                new ClipLayer(
                        width,
                        configuration.feedForward(),
                        configuration.heads(),
                        configuration.activation(),
                        configuration.epsilon());
        for (int i = 0; i < configuration.layers(); i++) {
            x = layer.build(model.child("encoder.layers", i), x, batch, mask);
        }
        Operand<TFloat32> rows =
                Layer.layerNorm(model.child("final_layer_norm"), x, width, configuration.epsilon());
        Operand<TFloat32> embedding =
                tf.reshape(rows, tf.stack(List.of(batch, tokens, tf.constant(width))));
        return new Output(embedding, pool(model, embedding, tokenIds, batch, tokens));
    }

    private Operand<TFloat32> embed(
            NetworkScope scope, Operand<TInt32> tokenIds, Operand<TInt32> tokens) {
        Ops tf = scope.tf();
        int width = configuration.width();
        Operand<TFloat32> table =
                scope.child("token_embedding")
                        .parameter(
                                "weight", ParameterLayout.PLAIN, configuration.vocabulary(), width);
        Operand<TFloat32> positions =
                scope.child("position_embedding")
                        .parameter(
                                "weight", ParameterLayout.PLAIN, configuration.positions(), width);
        Operand<TFloat32> used =
                tf.slice(
                        positions, scope.ints(0, 0), tf.stack(List.of(tokens, tf.constant(width))));
        Operand<TFloat32> sum = tf.math.add(tf.gather(table, tokenIds, tf.constant(0)), used);
        return scope.named().reshape(sum, scope.ints(-1, width));
    }

    /** [T, T]: 0 where a token may look, the least float32 where it may not. */
    private static Operand<TFloat32> causalMask(NetworkScope scope, Operand<TInt32> tokens) {
        Ops tf = scope.tf();
        Operand<TInt32> positions = tf.range(tf.constant(0), tokens, tf.constant(1));
        Operand<TBool> later =
                tf.math.greater(
                        tf.expandDims(positions, tf.constant(0)),
                        tf.expandDims(positions, tf.constant(1)));
        return tf.math.mul(tf.dtypes.cast(later, TFloat32.class), scope.scalar(-Float.MAX_VALUE));
    }

    /**
     * The row of the first end token; of the first token where there is none, as PyTorch's argmax
     * over nothing but zeros gives.
     */
    private Operand<TFloat32> pool(
            NetworkScope scope,
            Operand<TFloat32> embedding,
            Operand<TInt32> tokenIds,
            Operand<TInt32> batch,
            Operand<TInt32> tokens) {
        Ops tf = scope.tf();
        Operand<TInt32> end =
                configuration.legacyEnd()
                        ? tf.max(tokenIds, tf.constant(1), Max.keepDims(true))
                        : tf.constant(configuration.endToken());
        Operand<TInt32> isEnd = tf.dtypes.cast(tf.math.equal(tokenIds, end), TInt32.class);
        Operand<TInt32> positions = tf.range(tf.constant(0), tokens, tf.constant(1));
        // An end token counts its own position, any other T; T itself wraps to 0.
        Operand<TInt32> candidates =
                tf.math.add(tokens, tf.math.mul(isEnd, tf.math.sub(positions, tokens)));
        Operand<TInt32> first = tf.math.floorMod(tf.min(candidates, tf.constant(1)), tokens);
        Operand<TInt32> rows = tf.range(tf.constant(0), batch, tf.constant(1));
        return tf.gatherNd(
                embedding,
                tf.stack(List.of(rows, first), org.tensorflow.op.core.Stack.axis(1L)),
                new GatherNd.Options[0]);
    }
}
