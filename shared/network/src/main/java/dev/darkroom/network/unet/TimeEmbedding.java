package dev.darkroom.network.unet;

import dev.darkroom.network.nn.Layer;
import dev.darkroom.network.nn.NetworkScope;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Sines and cosines of the timestep, and two linear layers: how the UNet knows the noise level. */
final class TimeEmbedding {
    private static final double MAX_PERIOD = 10_000;

    private final UnetConfiguration configuration;

    TimeEmbedding(UnetConfiguration configuration) {
        this.configuration = configuration;
    }

    /**
     * @param timesteps [N]
     * @return [N, timeWidth], activated: every residual block begins with the activation, so it is
     *     applied here, once
     */
    Operand<TFloat32> build(NetworkScope root, Operand<TFloat32> timesteps) {
        int channels = configuration.levels().get(0).channels();
        NetworkScope scope = root.child("time_embedding");
        Operand<TFloat32> hidden =
                Layer.linear(
                        scope.child("linear_1"),
                        sinusoid(root.child("time_proj"), timesteps, channels),
                        channels,
                        configuration.timeWidth());
        Operand<TFloat32> embedding =
                Layer.linear(
                        scope.child("linear_2"),
                        configuration.activation().apply(scope, hidden),
                        configuration.timeWidth(),
                        configuration.timeWidth());
        if (configuration.timeOutputActivation().isPresent()) {
            embedding = configuration.timeOutputActivation().get().apply(scope, embedding);
        }
        if (configuration.timeActivation().isPresent()) {
            embedding = configuration.timeActivation().get().apply(scope, embedding);
        }
        return configuration.activation().apply(scope, embedding);
    }

    private Operand<TFloat32> sinusoid(
            NetworkScope scope, Operand<TFloat32> timesteps, int channels) {
        Ops tf = scope.tf();
        int half = channels / 2;
        // Every step is rounded to float32, as PyTorch does: at timestep 1000 a last bit of the
        // frequency is visible.
        float[][] frequencies = new float[1][half];
        for (int i = 0; i < half; i++) {
            float exponent = (float) -Math.log(MAX_PERIOD) * i;
            frequencies[0][i] =
                    (float) Math.exp(exponent / (float) (half - configuration.frequencyShift()));
        }
        Operand<TFloat32> angles =
                tf.math.mul(tf.expandDims(timesteps, tf.constant(1)), tf.constant(frequencies));
        Operand<TFloat32> sine = tf.math.sin(angles);
        Operand<TFloat32> cosine = tf.math.cos(angles);
        return scope.named()
                .concat(
                        configuration.cosineFirst() ? List.of(cosine, sine) : List.of(sine, cosine),
                        tf.constant(1));
    }
}
