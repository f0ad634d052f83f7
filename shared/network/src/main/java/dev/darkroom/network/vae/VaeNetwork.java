package dev.darkroom.network.vae;

import dev.darkroom.network.nn.Activation;
import dev.darkroom.network.nn.Attention;
import dev.darkroom.network.nn.Layer;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.nn.ResidualBlock;
import dev.darkroom.network.parameter.ParameterLayout;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The autoencoder between pictures and latents.
 *
 * <p>Rombach et al. 2022 (arXiv:2112.10752), as {@code AutoencoderKL} of diffusers computes it.
 */
public final class VaeNetwork {
    /** Fixed in diffusers. */
    private static final double EPSILON = 1e-6;

    private static final double LEAST_LOGVAR = -30;
    private static final double MOST_LOGVAR = 20;

    private final VaeConfiguration configuration;
    private final ResidualBlock residual;

    public VaeNetwork(VaeConfiguration configuration) {
        this.configuration = configuration;
        this.residual =
                new ResidualBlock(
                        configuration.groups(), EPSILON, configuration.activation(), 0, false, 1);
    }

    /**
     * The posterior, not scaled.
     *
     * @param mean [N, h, w, C]
     * @param logvar [N, h, w, C]
     */
    public record Posterior(Operand<TFloat32> mean, Operand<TFloat32> logvar) {}

    /**
     * @param image [N, H, W, 3] in -1..1
     */
    public Posterior encode(NetworkScope root, Operand<TFloat32> image) {
        Ops tf = root.tf();
        NetworkScope scope = root.child("encoder");
        int levels = configuration.channels().size();
        int channels = configuration.channels().get(0);
        Operand<TFloat32> x =
                Layer.convolution(
                        scope.child("conv_in"), image, 3, configuration.inChannels(), channels);
        for (int i = 0; i < levels; i++) {
            NetworkScope level = scope.child("down_blocks", i);
            int width = configuration.channels().get(i);
            for (int j = 0; j < configuration.layers(); j++) {
                x = residual.build(level.child("resnets", j), x, null, channels, width);
                channels = width;
            }
            if (i < levels - 1) {
                x = Layer.downsample(level.child("downsamplers.0"), x, channels, 0);
            }
        }
        x = mid(scope.child("mid_block"), x, channels);
        int moments = 2 * configuration.latentChannels();
        x = head(scope, x, channels, moments);
        if (configuration.quantConvolution()) {
            x = Layer.convolution(root.child("quant_conv"), x, 1, moments, moments);
        }
        var halves = tf.split(tf.constant(3), x, 2L).output();
        Operand<TFloat32> logvar =
                tf.clipByValue(halves.get(1), root.scalar(LEAST_LOGVAR), root.scalar(MOST_LOGVAR));
        return new Posterior(halves.get(0), logvar);
    }

    /**
     * @param latents [N, h, w, C], scaled
     * @return [N, H, W, 3], about -1..1
     */
    public Operand<TFloat32> decode(NetworkScope root, Operand<TFloat32> latents) {
        Ops tf = root.tf();
        NetworkScope scope = root.child("decoder");
        int levels = configuration.channels().size();
        int latentChannels = configuration.latentChannels();
        Operand<TFloat32> x = tf.math.div(latents, root.scalar(configuration.scalingFactor()));
        if (configuration.postQuantConvolution()) {
            x =
                    Layer.convolution(
                            root.child("post_quant_conv"), x, 1, latentChannels, latentChannels);
        }
        int channels = configuration.channels().get(levels - 1);
        x = Layer.convolution(scope.child("conv_in"), x, 3, latentChannels, channels);
        x = mid(scope.child("mid_block"), x, channels);
        for (int i = 0; i < levels; i++) {
            NetworkScope level = scope.child("up_blocks", i);
            int width = configuration.channels().get(levels - 1 - i);
            for (int j = 0; j <= configuration.layers(); j++) {
                x = residual.build(level.child("resnets", j), x, null, channels, width);
                channels = width;
            }
            if (i < levels - 1) {
                Operand<TInt32> doubled =
                        tf.math.mul(Layer.size(scope, x), tf.constant(new int[] {2, 2}));
                x = Layer.upsample(level.child("upsamplers.0"), x, doubled, channels);
            }
        }
        return head(scope, x, channels, configuration.outChannels());
    }

    private Operand<TFloat32> head(NetworkScope scope, Operand<TFloat32> x, int channels, int out) {
        Operand<TFloat32> normed =
                Layer.groupNorm(
                        scope.child("conv_norm_out"), x, channels, configuration.groups(), EPSILON);
        // SiLU whatever act_fn says: diffusers has it so.
        return Layer.convolution(
                scope.child("conv_out"), Activation.SILU.apply(scope, normed), 3, channels, out);
    }

    private Operand<TFloat32> mid(NetworkScope scope, Operand<TFloat32> input, int channels) {
        Operand<TFloat32> x =
                residual.build(scope.child("resnets", 0), input, null, channels, channels);
        if (configuration.midAttention()) {
            x = attention(scope.child("attentions", 0), x, channels);
        }
        return residual.build(scope.child("resnets", 1), x, null, channels, channels);
    }

    /** One head as wide as the feature map. */
    private Operand<TFloat32> attention(NetworkScope scope, Operand<TFloat32> x, int channels) {
        Ops tf = scope.tf();
        Operand<TInt32> shape = tf.shape(x);
        Operand<TInt32> batch = scope.element(shape, 0);
        Operand<TFloat32> normed =
                Layer.groupNorm(
                        scope.child("group_norm"), x, channels, configuration.groups(), EPSILON);
        Operand<TFloat32> rows = tf.reshape(normed, scope.ints(-1, channels));
        Operand<TFloat32> attended =
                Attention.attend(
                        scope,
                        linear(scope.child("to_q"), rows, channels),
                        linear(scope.child("to_k"), rows, channels),
                        linear(scope.child("to_v"), rows, channels),
                        batch,
                        1,
                        channels,
                        null);
        Operand<TFloat32> out = linear(scope.child("to_out.0"), attended, channels);
        return scope.named().math.add(tf.reshape(out, shape), x);
    }

    private static Operand<TFloat32> linear(NetworkScope scope, Operand<TFloat32> x, int channels) {
        return Layer.linear(scope, x, ParameterLayout.LINEAR_OR_POINTWISE, channels, channels);
    }
}
