package dev.darkroom.network.nn;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Activation functions, as PyTorch computes them. */
public enum Activation {
    SILU,
    /** x sigmoid(1.702 x). */
    QUICK_GELU,
    /** With the error function, not an approximation. */
    GELU,
    /** 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
    GELU_TANH,
    MISH,
    RELU;

    public Operand<TFloat32> apply(NetworkScope scope, Operand<TFloat32> x) {
        Ops tf = scope.tf();
        return switch (this) {
            case SILU -> tf.math.mul(x, tf.math.sigmoid(x));
            case QUICK_GELU -> tf.math.mul(x, tf.math.sigmoid(tf.math.mul(x, scope.scalar(1.702))));
            case GELU ->
                    tf.math.mul(
                            tf.math.mul(x, scope.scalar(0.5)),
                            tf.math.add(
                                    tf.math.erf(tf.math.mul(x, scope.scalar(Math.sqrt(0.5)))),
                                    scope.scalar(1)));
            case GELU_TANH -> {
                Operand<TFloat32> cubic =
                        tf.math.mul(tf.math.mul(tf.math.square(x), x), scope.scalar(0.044715));
                Operand<TFloat32> inner =
                        tf.math.mul(tf.math.add(x, cubic), scope.scalar(Math.sqrt(2 / Math.PI)));
                yield tf.math.mul(
                        tf.math.mul(x, scope.scalar(0.5)),
                        tf.math.add(tf.math.tanh(inner), scope.scalar(1)));
            }
            case MISH -> tf.math.mul(x, tf.math.tanh(tf.math.softplus(x)));
            case RELU -> tf.nn.relu(x);
        };
    }
}
