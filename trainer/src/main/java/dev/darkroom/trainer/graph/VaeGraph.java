package dev.darkroom.trainer.graph;

import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.parameter.ParameterSource;
import dev.darkroom.network.vae.VaeConfiguration;
import dev.darkroom.network.vae.VaeNetwork;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * An autoencoder that learns: encode, draw latents by the noise given (Kingma and Welling 2014,
 * arXiv:1312.6114), decode, compare.
 */
public final class VaeGraph {
    private final Placeholder<TFloat32> image;
    private final Placeholder<TFloat32> noise;
    private final Operand<TFloat32> loss;

    public VaeGraph(
            Ops tf, ParameterSource parameters, VaeConfiguration configuration, VaeLoss weights) {
        image =
                tf.withName("image")
                        .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
        noise =
                tf.withName("noise")
                        .placeholder(
                                TFloat32.class,
                                Placeholder.shape(
                                        Shape.of(-1, -1, -1, configuration.latentChannels())));
        NetworkScope scope = new NetworkScope(tf, parameters);
        // What the latents' scale will be is only known when they are learned.
        VaeNetwork network = new VaeNetwork(configuration.withScalingFactor(1));
        VaeNetwork.Posterior posterior = network.encode(scope, image);
        Operand<TFloat32> deviation =
                tf.math.exp(tf.math.mul(posterior.logvar(), scope.scalar(0.5)));
        Operand<TFloat32> latents = tf.math.add(posterior.mean(), tf.math.mul(deviation, noise));
        Operand<TFloat32> error = tf.math.sub(network.decode(scope, latents), image);
        Operand<TFloat32> reconstruction =
                tf.math.add(
                        tf.math.mul(
                                mean(scope, tf.math.abs(error)), scope.scalar(weights.absolute())),
                        tf.math.mul(
                                mean(scope, tf.math.square(error)),
                                scope.scalar(weights.square())));
        loss =
                tf.withName("loss")
                        .math
                        .add(
                                reconstruction,
                                tf.math.mul(
                                        divergence(scope, posterior, image),
                                        scope.scalar(weights.divergence())));
    }

    private static Operand<TFloat32> mean(NetworkScope scope, Operand<TFloat32> x) {
        return scope.tf().math.mean(x, scope.ints(0, 1, 2, 3));
    }

    /** From N(0, 1), in nats, divided by the number of values of the pictures. */
    private static Operand<TFloat32> divergence(
            NetworkScope scope, VaeNetwork.Posterior posterior, Operand<TFloat32> image) {
        Ops tf = scope.tf();
        Operand<TFloat32> twice =
                tf.math.sub(
                        tf.math.add(
                                tf.math.square(posterior.mean()), tf.math.exp(posterior.logvar())),
                        tf.math.add(posterior.logvar(), scope.scalar(1)));
        Operand<TFloat32> sum = tf.reduceSum(twice, scope.ints(0, 1, 2, 3));
        Operand<TFloat32> values = tf.dtypes.cast(tf.size(image), TFloat32.class);
        return tf.math.div(tf.math.mul(sum, scope.scalar(0.5)), values);
    }

    /** [N, H, W, 3] in -1..1. */
    public Operand<TFloat32> image() {
        return image;
    }

    /** [N, h, w, C], drawn from N(0, 1). */
    public Operand<TFloat32> noise() {
        return noise;
    }

    public Operand<TFloat32> loss() {
        return loss;
    }
}
