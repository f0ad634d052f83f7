package dev.darkroom.trainer.loop;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/** The tensors of one batch. Whoever makes it closes it. */
public final class Feeds implements AutoCloseable {
    private final Map<Operand<?>, TType> tensors = new LinkedHashMap<>();

    /** Feeds float32 values, row-major. */
    public Feeds floats(Operand<TFloat32> input, float[] values, long... shape) {
        tensors.put(input, TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(values)));
        return this;
    }

    /** Feeds int32 values, row-major. */
    public Feeds ints(Operand<TInt32> input, int[] values, long... shape) {
        tensors.put(input, TInt32.tensorOf(Shape.of(shape), DataBuffers.of(values)));
        return this;
    }

    /** Adds the tensors to a run. */
    public Session.Runner into(Session.Runner runner) {
        tensors.forEach(runner::feed);
        return runner;
    }

    /** A result's values, row-major. */
    public static float[] floats(TFloat32 tensor) {
        float[] values = new float[Math.toIntExact(tensor.size())];
        tensor.asRawTensor().data().asFloats().read(values);
        return values;
    }

    @Override
    public void close() {
        tensors.values().forEach(TType::close);
    }
}
