package dev.darkroom.network.nn;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Scaled dot-product attention over several heads. */
public final class Attention {
    private Attention() {}

    /**
     * softmax(q k' / sqrt(d) + bias) v.
     *
     * @param query [N T, heads d], row after row
     * @param key [N S, heads d]
     * @param value [N S, heads d]
     * @param batch N, int32 scalar
     * @param bias added to the scores, broadcast to [N, heads, T, S]
     * @return [N T, heads d]
     */
    public static Operand<TFloat32> attend(
            NetworkScope scope,
            Operand<TFloat32> query,
            Operand<TFloat32> key,
            Operand<TFloat32> value,
            Operand<TInt32> batch,
            int heads,
            int headWidth,
            @Nullable Operand<TFloat32> bias) {
        Ops tf = scope.tf();
        Operand<TInt32> split =
                tf.stack(
                        List.of(
                                batch,
                                tf.constant(-1),
                                tf.constant(heads),
                                tf.constant(headWidth)));
        Operand<TInt32> swap = scope.ints(0, 2, 1, 3);
        Operand<TFloat32> scaled = tf.math.mul(query, scope.scalar(1 / Math.sqrt(headWidth)));
        Operand<TFloat32> q = tf.linalg.transpose(tf.reshape(scaled, split), swap);
        Operand<TFloat32> k = tf.linalg.transpose(tf.reshape(key, split), swap);
        Operand<TFloat32> v = tf.linalg.transpose(tf.reshape(value, split), swap);
        Operand<TFloat32> scores = product(tf, q, k, true);
        Operand<TFloat32> weights =
                tf.nn.softmax(bias == null ? scores : tf.math.add(scores, bias));
        return tf.reshape(
                tf.linalg.transpose(product(tf, weights, v, false), swap),
                scope.ints(-1, heads * headWidth));
    }

    /** BatchMatMulV2: the version that has a gradient and a oneDNN kernel. */
    private static Operand<TFloat32> product(
            Ops tf, Operand<TFloat32> a, Operand<TFloat32> b, boolean transposeB) {
        return tf.scope()
                .env()
                .opBuilder("BatchMatMulV2", tf.scope().makeOpName("BatchMatMulV2"), tf.scope())
                .addInput(a.asOutput())
                .addInput(b.asOutput())
                .setAttr("adj_y", transposeB)
                .build()
                .output(0);
    }
}
