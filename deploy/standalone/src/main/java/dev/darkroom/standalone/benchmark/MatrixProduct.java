package dev.darkroom.standalone.benchmark;

import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** A plain float32 matrix product on the same engine: what the machine can do at best. */
final class MatrixProduct {
    static final int SIZE = 2048;

    private MatrixProduct() {}

    /** Seconds of one product, the fastest of several. */
    static double seconds(int repeats) {
        try (Graph graph = new Graph();
                Session session = new Session(graph);
                TFloat32 ones =
                        TFloat32.tensorOf(
                                org.tensorflow.ndarray.Shape.of(SIZE, SIZE),
                                data -> data.scalars().forEach(one -> one.setFloat(1)))) {
            Ops tf = Ops.create(graph);
            Placeholder<TFloat32> left = tf.placeholder(TFloat32.class);
            Placeholder<TFloat32> right = tf.placeholder(TFloat32.class);
            Operand<TFloat32> product = tf.linalg.matMul(left, right);
            // One number is fetched, so that copying 16 MB is not measured.
            Operand<TFloat32> corner =
                    tf.slice(product, tf.constant(new int[] {0, 0}), tf.constant(new int[] {1, 1}));
            return Timing.fastest(
                    repeats,
                    () -> {
                        try (Tensor result =
                                session.runner()
                                        .feed(left, ones)
                                        .feed(right, ones)
                                        .fetch(corner)
                                        .run()
                                        .get(0)) {
                            if (((TFloat32) result).getFloat(0, 0) != SIZE) {
                                throw new IllegalStateException("the product is wrong");
                            }
                        }
                    });
        }
    }

    static long flop() {
        return 2L * SIZE * SIZE * SIZE;
    }
}
