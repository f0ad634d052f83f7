package dev.darkroom.network.nn;

import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Two normalised convolutions around a shortcut: diffusers' {@code ResnetBlock2D}.
 *
 * @param timeWidth channels of the time embedding; 0 where there is none
 * @param scaleShift whether the time embedding scales and shifts after the second norm, instead of
 *     being added before it
 * @param outputScale what the sum with the shortcut is divided by
 */
public record ResidualBlock(
        int groups,
        double epsilon,
        Activation activation,
        long timeWidth,
        boolean scaleShift,
        double outputScale) {
    /**
     * @param x [N, h, w, in]
     * @param time [N, timeWidth], already activated
     * @return [N, h, w, out]
     */
    public Operand<TFloat32> build(
            NetworkScope scope,
            Operand<TFloat32> x,
            @Nullable Operand<TFloat32> time,
            long in,
            long out) {
        Ops tf = scope.tf();
        Operand<TFloat32> h = Layer.groupNorm(scope.child("norm1"), x, in, groups, epsilon);
        h = Layer.convolution(scope.child("conv1"), activation.apply(scope, h), 3, in, out);
        Operand<TFloat32> embedded = null;
        if (time != null) {
            long width = scaleShift ? 2 * out : out;
            embedded =
                    tf.reshape(
                            Layer.linear(scope.child("time_emb_proj"), time, timeWidth, width),
                            scope.ints(-1, 1, 1, Math.toIntExact(width)));
        }
        if (embedded != null && !scaleShift) {
            h = tf.math.add(h, embedded);
        }
        h = Layer.groupNorm(scope.child("norm2"), h, out, groups, epsilon);
        if (embedded != null && scaleShift) {
            var halves = tf.split(tf.constant(3), embedded, 2L).output();
            h =
                    tf.math.add(
                            tf.math.mul(h, tf.math.add(halves.get(0), scope.scalar(1))),
                            halves.get(1));
        }
        h = Layer.convolution(scope.child("conv2"), activation.apply(scope, h), 3, out, out);
        Operand<TFloat32> shortcut =
                in == out ? x : Layer.convolution(scope.child("conv_shortcut"), x, 1, in, out);
        if (outputScale == 1) {
            return scope.named().math.add(shortcut, h);
        }
        return scope.named().math.div(tf.math.add(shortcut, h), scope.scalar(outputScale));
    }
}
