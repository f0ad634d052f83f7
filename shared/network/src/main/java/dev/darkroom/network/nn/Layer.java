package dev.darkroom.network.nn;

import dev.darkroom.network.parameter.ParameterLayout;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Layers with parameters {@code weight} and {@code bias}, and the resampling between levels. */
public final class Layer {
    private Layer() {}

    /** [M, in] to [M, out]. */
    public static Operand<TFloat32> linear(
            NetworkScope scope, Operand<TFloat32> x, long in, long out) {
        return linear(scope, x, ParameterLayout.LINEAR, in, out);
    }

    /** [M, in] to [M, out]; the layout says how the file has the weights. */
    public static Operand<TFloat32> linear(
            NetworkScope scope, Operand<TFloat32> x, ParameterLayout layout, long in, long out) {
        Operand<TFloat32> product =
                scope.tf().linalg.matMul(x, scope.parameter("weight", layout, in, out));
        return scope.named()
                .nn
                .biasAdd(product, scope.parameter("bias", ParameterLayout.PLAIN, out));
    }

    /** [M, in] to [M, out], without bias. */
    public static Operand<TFloat32> projection(
            NetworkScope scope, Operand<TFloat32> x, long in, long out) {
        return scope.named()
                .linalg
                .matMul(x, scope.parameter("weight", ParameterLayout.LINEAR, in, out));
    }

    /** [N, h, w, in] to [N, h, w, out]; an odd kernel, zeros around. */
    public static Operand<TFloat32> convolution(
            NetworkScope scope, Operand<TFloat32> x, long kernel, long in, long out) {
        return convolution(scope, x, kernel, in, out, 1, "SAME");
    }

    /**
     * [N, h, w, in] to [N, h / size, w / size, out]: a kernel for each patch, without bias; what
     * does not fill a patch is left out.
     */
    public static Operand<TFloat32> patches(
            NetworkScope scope, Operand<TFloat32> x, long size, long in, long out) {
        Operand<TFloat32> weight =
                scope.parameter("weight", ParameterLayout.CONVOLUTION, size, size, in, out);
        return scope.named().nn.conv2d(x, weight, List.of(1L, size, size, 1L), "VALID");
    }

    private static Operand<TFloat32> convolution(
            NetworkScope scope,
            Operand<TFloat32> x,
            long kernel,
            long in,
            long out,
            long stride,
            String padding) {
        Operand<TFloat32> weight =
                scope.parameter("weight", ParameterLayout.CONVOLUTION, kernel, kernel, in, out);
        Operand<TFloat32> product =
                scope.tf().nn.conv2d(x, weight, List.of(1L, stride, stride, 1L), padding);
        return scope.named()
                .nn
                .biasAdd(product, scope.parameter("bias", ParameterLayout.PLAIN, out));
    }

    /**
     * Halves height and width by a 3x3 convolution of stride 2.
     *
     * <p>PyTorch pads 1 on all sides; TensorFlow's SAME would pad only below and on the right.
     *
     * @param before zeros above and on the left: 1, or 0 as the autoencoder has it; below and on
     *     the right there is always one
     */
    public static Operand<TFloat32> downsample(
            NetworkScope scope, Operand<TFloat32> x, long channels, int before) {
        Ops tf = scope.tf();
        Operand<TInt32> padding =
                tf.constant(new int[][] {{0, 0}, {before, 1}, {before, 1}, {0, 0}});
        return convolution(
                scope.child("conv"),
                tf.pad(x, padding, scope.scalar(0)),
                3,
                channels,
                channels,
                2,
                "VALID");
    }

    /**
     * Nearest neighbours, then a 3x3 convolution.
     *
     * @param size int32 [height, width] of the result
     */
    public static Operand<TFloat32> upsample(
            NetworkScope scope, Operand<TFloat32> x, Operand<TInt32> size, long channels) {
        Operand<TFloat32> larger = scope.tf().image.resizeNearestNeighbor(x, size);
        return convolution(scope.child("conv"), larger, 3, channels, channels);
    }

    /** Height and width of [N, h, w, C], int32 [2]. */
    public static Operand<TInt32> size(NetworkScope scope, Operand<TFloat32> x) {
        return scope.tf().slice(scope.tf().shape(x), scope.ints(1), scope.ints(2));
    }

    /** Over the last axis of [M, C]. */
    public static Operand<TFloat32> layerNorm(
            NetworkScope scope, Operand<TFloat32> x, long channels, double epsilon) {
        Ops tf = scope.tf();
        Operand<TInt32> axis = scope.ints(1);
        Operand<TFloat32> mean = tf.math.mean(x, axis, Mean.keepDims(true));
        Operand<TFloat32> variance =
                tf.math.mean(tf.math.squaredDifference(x, mean), axis, Mean.keepDims(true));
        return affine(scope, x, mean, variance, channels, epsilon);
    }

    /** Over height, width and the channels of a group, of [N, h, w, C]. */
    public static Operand<TFloat32> groupNorm(
            NetworkScope scope, Operand<TFloat32> x, long channels, int groups, double epsilon) {
        if (channels % groups != 0) {
            throw new IllegalArgumentException(
                    scope.name()
                            + ": "
                            + groups
                            + " groups do not divide "
                            + channels
                            + " channels");
        }
        Ops tf = scope.tf();
        int width = Math.toIntExact(channels / groups);
        Operand<TInt32> area = scope.ints(1, 2);
        Operand<TFloat32> mean = groupMean(scope, tf.math.mean(x, area), groups, width);
        Operand<TFloat32> variance =
                groupMean(
                        scope,
                        tf.math.mean(tf.math.squaredDifference(x, mean), area),
                        groups,
                        width);
        return affine(scope, x, mean, variance, channels, epsilon);
    }

    /** Means of channels, [N, C], as means of their groups, [N, 1, 1, C]. */
    private static Operand<TFloat32> groupMean(
            NetworkScope scope, Operand<TFloat32> channelMean, int groups, int width) {
        Ops tf = scope.tf();
        Operand<TFloat32> grouped =
                tf.math.mean(
                        tf.reshape(channelMean, scope.ints(-1, groups, width)),
                        scope.ints(2),
                        Mean.keepDims(true));
        return tf.reshape(
                tf.tile(grouped, scope.ints(1, 1, width)), scope.ints(-1, 1, 1, groups * width));
    }

    private static Operand<TFloat32> affine(
            NetworkScope scope,
            Operand<TFloat32> x,
            Operand<TFloat32> mean,
            Operand<TFloat32> variance,
            long channels,
            double epsilon) {
        Ops tf = scope.tf();
        Operand<TFloat32> scale =
                tf.math.mul(
                        tf.math.rsqrt(tf.math.add(variance, scope.scalar(epsilon))),
                        scope.parameter("weight", ParameterLayout.PLAIN, channels));
        Operand<TFloat32> shift =
                tf.math.sub(
                        scope.parameter("bias", ParameterLayout.PLAIN, channels),
                        tf.math.mul(mean, scale));
        return scope.named().math.add(tf.math.mul(x, scale), shift);
    }
}
