package dev.darkroom.network.unet;

import dev.darkroom.network.nn.Layer;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.nn.ResidualBlock;
import dev.darkroom.network.unet.UnetConfiguration.Level;
import dev.darkroom.network.unet.UnetConfiguration.MidBlock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The conditional UNet of latent diffusion.
 *
 * <p>Rombach et al. 2022 (arXiv:2112.10752), as {@code UNet2DConditionModel} of diffusers computes
 * it. Any latent size works: upsampling goes to the size of the skip connection that it meets,
 * which is twice the size wherever halving lost nothing.
 *
 * <p>The efficient variant ({@link UnetConfiguration#efficient}) has the same modules by the same
 * names; only the order of resampling and the weight of skip connections differ.
 */
public final class UnetNetwork {
    /** Of the efficient variant: what is joined keeps its variance. */
    private static final double SKIP_SCALE = Math.sqrt(0.5);

    private final UnetConfiguration configuration;
    private final ResidualBlock residual;
    private final ResidualBlock midResidual;

    public UnetNetwork(UnetConfiguration configuration) {
        this.configuration = configuration;
        this.residual = residual(configuration, 1);
        this.midResidual = residual(configuration, configuration.midScale());
    }

    private static ResidualBlock residual(UnetConfiguration configuration, double outputScale) {
        return new ResidualBlock(
                configuration.groups(),
                configuration.epsilon(),
                configuration.activation(),
                configuration.timeWidth(),
                configuration.scaleShift(),
                outputScale);
    }

    /**
     * @param latents [N, h, w, C]
     * @param timesteps [N], fractions allowed
     * @param textEmbedding [N, T, D]
     * @return [N, h, w, C]
     */
    public Operand<TFloat32> build(
            NetworkScope root,
            Operand<TFloat32> latents,
            Operand<TFloat32> timesteps,
            Operand<TFloat32> textEmbedding) {
        Ops tf = root.tf();
        List<Level> levels = configuration.levels();
        Operand<TFloat32> time = new TimeEmbedding(configuration).build(root, timesteps);
        Operand<TInt32> batch = root.element(tf.shape(latents), 0);
        Operand<TFloat32> context =
                tf.reshape(textEmbedding, root.ints(-1, configuration.contextWidth()));
        Transformer transformer = new Transformer(configuration, batch, context);

        Operand<TFloat32> x =
                configuration.centerInput()
                        ? tf.math.sub(tf.math.mul(latents, root.scalar(2)), root.scalar(1))
                        : latents;
        int channels = levels.get(0).channels();
        x =
                Layer.convolution(
                        root.child("conv_in"),
                        x,
                        configuration.convInKernel(),
                        configuration.inChannels(),
                        channels);
        Deque<Skip> skips = new ArrayDeque<>();
        skips.push(new Skip(x, channels));
        for (int i = 0; i < levels.size(); i++) {
            x = down(root.child("down_blocks", i), x, channels, i, time, transformer, skips);
            channels = levels.get(i).channels();
        }
        x = mid(root.child("mid_block"), x, time, transformer);
        for (int i = levels.size() - 1; i >= 0; i--) {
            x =
                    up(
                            root.child("up_blocks", levels.size() - 1 - i),
                            x,
                            channels,
                            i,
                            time,
                            transformer,
                            skips);
            channels = levels.get(i).channels();
        }
        if (configuration.efficient()) {
            // What conv_in saw at full size, which no block has.
            x = tf.math.mul(tf.math.add(x, skips.pop().value()), root.scalar(SKIP_SCALE));
        }
        Operand<TFloat32> normed =
                Layer.groupNorm(
                        root.child("conv_norm_out"),
                        x,
                        channels,
                        configuration.groups(),
                        configuration.epsilon());
        return Layer.convolution(
                root.child("conv_out"),
                configuration.activation().apply(root, normed),
                configuration.convOutKernel(),
                channels,
                configuration.outChannels());
    }

    private record Skip(Operand<TFloat32> value, int channels) {}

    private Operand<TFloat32> down(
            NetworkScope scope,
            Operand<TFloat32> input,
            int inChannels,
            int index,
            Operand<TFloat32> time,
            Transformer transformer,
            Deque<Skip> skips) {
        Level level = configuration.levels().get(index);
        Operand<TFloat32> x = input;
        int channels = inChannels;
        if (configuration.efficient()) {
            x = downsample(scope, x, channels, skips);
        }
        for (int i = 0; i < level.layers(); i++) {
            x = residual.build(scope.child("resnets", i), x, time, channels, level.channels());
            if (level.downAttention()) {
                x = transformer.build(scope.child("attentions", i), x, level);
            }
            channels = level.channels();
            skips.push(new Skip(x, channels));
        }
        boolean last = index == configuration.levels().size() - 1;
        return configuration.efficient() || last ? x : downsample(scope, x, channels, skips);
    }

    private Operand<TFloat32> downsample(
            NetworkScope scope, Operand<TFloat32> x, int channels, Deque<Skip> skips) {
        Operand<TFloat32> half =
                Layer.downsample(
                        scope.child("downsamplers.0"),
                        x,
                        channels,
                        configuration.downsampleBefore());
        skips.push(new Skip(half, channels));
        return half;
    }

    private Operand<TFloat32> mid(
            NetworkScope scope,
            Operand<TFloat32> input,
            Operand<TFloat32> time,
            Transformer transformer) {
        if (configuration.midBlock() == MidBlock.NONE) {
            return input;
        }
        Level last = configuration.levels().get(configuration.levels().size() - 1);
        int channels = last.channels();
        Operand<TFloat32> x =
                midResidual.build(scope.child("resnets", 0), input, time, channels, channels);
        if (configuration.midBlock() == MidBlock.CROSS_ATTENTION) {
            x = transformer.buildMid(scope.child("attentions", 0), x, last);
            x = midResidual.build(scope.child("resnets", 1), x, time, channels, channels);
        }
        return x;
    }

    private Operand<TFloat32> up(
            NetworkScope scope,
            Operand<TFloat32> input,
            int inChannels,
            int index,
            Operand<TFloat32> time,
            Transformer transformer,
            Deque<Skip> skips) {
        Ops tf = scope.tf();
        Level level = configuration.levels().get(index);
        Operand<TFloat32> x = input;
        int channels = inChannels;
        for (int i = 0; i <= level.layers(); i++) {
            Skip skip = skips.pop();
            Operand<TFloat32> joined =
                    configuration.efficient()
                            ? tf.math.mul(skip.value(), scope.scalar(SKIP_SCALE))
                            : skip.value();
            x = tf.concat(List.of(x, joined), tf.constant(3));
            x =
                    residual.build(
                            scope.child("resnets", i),
                            x,
                            time,
                            channels + skip.channels(),
                            level.channels());
            if (level.upAttention()) {
                x = transformer.build(scope.child("attentions", i), x, level);
            }
            channels = level.channels();
        }
        if (index > 0 || configuration.efficient()) {
            Operand<TInt32> size = Layer.size(scope, skips.element().value());
            x = Layer.upsample(scope.child("upsamplers.0"), x, size, channels);
        }
        return x;
    }
}
