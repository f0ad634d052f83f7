package dev.darkroom.network.unet;

import dev.darkroom.network.nn.Activation;
import dev.darkroom.network.nn.Attention;
import dev.darkroom.network.nn.Layer;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.parameter.ParameterLayout;
import dev.darkroom.network.unet.UnetConfiguration.Level;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Attention over the places of a feature map and over the text: diffusers' {@code
 * Transformer2DModel}. Between its projections everything is [N h w, channels], so that every
 * linear layer is one matrix product.
 */
final class Transformer {
    /** Fixed in diffusers, apart from the UNet's own. */
    private static final double GROUP_EPSILON = 1e-6;

    private static final double LAYER_EPSILON = 1e-5;
    private static final int FEED_FORWARD = 4;

    private final UnetConfiguration configuration;
    private final Operand<TInt32> batch;
    private final Operand<TFloat32> context;

    /**
     * @param batch N, int32 scalar
     * @param context [N T, D]
     */
    Transformer(UnetConfiguration configuration, Operand<TInt32> batch, Operand<TFloat32> context) {
        this.configuration = configuration;
        this.batch = batch;
        this.context = context;
    }

    /** [N, h, w, C] to the same. */
    Operand<TFloat32> build(NetworkScope scope, Operand<TFloat32> x, Level level) {
        return build(scope, x, level, level.contextOnly());
    }

    /** As {@link #build}; the middle block always has self attention. */
    Operand<TFloat32> buildMid(NetworkScope scope, Operand<TFloat32> x, Level level) {
        return build(scope, x, level, false);
    }

    private Operand<TFloat32> build(
            NetworkScope scope, Operand<TFloat32> x, Level level, boolean contextOnly) {
        Ops tf = scope.tf();
        int channels = level.channels();
        int headWidth = channels / level.heads();
        int inner = headWidth * level.heads();
        ParameterLayout layout =
                configuration.linearProjection()
                        ? ParameterLayout.LINEAR
                        : ParameterLayout.POINTWISE;
        Operand<TFloat32> normed =
                Layer.groupNorm(
                        scope.child("norm"), x, channels, configuration.groups(), GROUP_EPSILON);
        Operand<TFloat32> rows =
                Layer.linear(
                        scope.child("proj_in"),
                        tf.reshape(normed, scope.ints(-1, channels)),
                        layout,
                        channels,
                        inner);
        for (int i = 0; i < level.transformers(); i++) {
            rows =
                    block(
                            scope.child("transformer_blocks", i),
                            rows,
                            inner,
                            level.heads(),
                            headWidth,
                            contextOnly);
        }
        Operand<TFloat32> projected =
                Layer.linear(scope.child("proj_out"), rows, layout, inner, channels);
        return scope.named().math.add(tf.reshape(projected, tf.shape(x)), x);
    }

    private Operand<TFloat32> block(
            NetworkScope scope,
            Operand<TFloat32> input,
            int width,
            int heads,
            int headWidth,
            boolean contextOnly) {
        Ops tf = scope.tf();
        Operand<TFloat32> normed =
                Layer.layerNorm(scope.child("norm1"), input, width, LAYER_EPSILON);
        Operand<TFloat32> x =
                tf.math.add(
                        contextOnly
                                ? crossAttention(
                                        scope.child("attn1"), normed, width, heads, headWidth)
                                : attention(
                                        scope.child("attn1"),
                                        normed,
                                        normed,
                                        width,
                                        width,
                                        heads,
                                        headWidth),
                        input);
        normed = Layer.layerNorm(scope.child("norm2"), x, width, LAYER_EPSILON);
        x = tf.math.add(crossAttention(scope.child("attn2"), normed, width, heads, headWidth), x);
        normed = Layer.layerNorm(scope.child("norm3"), x, width, LAYER_EPSILON);
        return scope.named().math.add(feedForward(scope.child("ff"), normed, width), x);
    }

    private Operand<TFloat32> crossAttention(
            NetworkScope scope, Operand<TFloat32> x, int width, int heads, int headWidth) {
        return attention(scope, x, context, width, configuration.contextWidth(), heads, headWidth);
    }

    private Operand<TFloat32> attention(
            NetworkScope scope,
            Operand<TFloat32> x,
            Operand<TFloat32> source,
            int width,
            int sourceWidth,
            int heads,
            int headWidth) {
        Operand<TFloat32> attended =
                Attention.attend(
                        scope,
                        Layer.projection(scope.child("to_q"), x, width, width),
                        Layer.projection(scope.child("to_k"), source, sourceWidth, width),
                        Layer.projection(scope.child("to_v"), source, sourceWidth, width),
                        batch,
                        heads,
                        headWidth,
                        null);
        return Layer.linear(scope.child("to_out.0"), attended, width, width);
    }

    /** GEGLU: one half of a projection, gated by the other (Shazeer 2020, arXiv:2002.05202). */
    private static Operand<TFloat32> feedForward(
            NetworkScope scope, Operand<TFloat32> x, int width) {
        Ops tf = scope.tf();
        int hidden = FEED_FORWARD * width;
        Operand<TFloat32> both = Layer.linear(scope.child("net.0.proj"), x, width, 2L * hidden);
        var halves = tf.split(tf.constant(1), both, 2L).output();
        Operand<TFloat32> gated =
                tf.math.mul(halves.get(0), Activation.GELU.apply(scope, halves.get(1)));
        return Layer.linear(scope.child("net.2"), gated, hidden, width);
    }
}
