package dev.darkroom.network.export;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.testing.Goldens;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** A stage's SavedModel, loaded as any TensorFlow program would. */
public final class ServedStage implements AutoCloseable {
    private final SavedModelBundle bundle;
    private final Signature signature;

    public ServedStage(Path folder) {
        this.bundle = SavedModelBundle.load(folder.toString(), "serve");
        this.signature = bundle.function(Stage.SIGNATURE).signature();
    }

    public Signature signature() {
        return signature;
    }

    /** A tensor with its shape; float32. */
    public static final class Array {
        private final float[] values;
        private final long[] shape;

        public Array(float[] values, long... shape) {
            this.values = values;
            this.shape = shape;
        }

        public float[] values() {
            return values;
        }

        public long[] shape() {
            return shape;
        }

        /** From PyTorch's layout where it has four axes. */
        public static Array golden(Goldens goldens, String name) {
            int[] s = goldens.shape(name);
            return s.length == 4
                    ? new Array(goldens.nhwc(name), new long[] {s[0], s[2], s[3], s[1]})
                    : new Array(
                            goldens.floats(name),
                            java.util.Arrays.stream(s).asLongStream().toArray());
        }
    }

    /** An integer tensor [N, T] as token ids. */
    public static int[][] ids(Goldens goldens, String name) {
        int[] shape = goldens.shape(name);
        long[] flat = goldens.tensors().integers(name);
        int[][] ids = new int[shape[0]][shape[1]];
        for (int i = 0; i < flat.length; i++) {
            ids[i / shape[1]][i % shape[1]] = (int) flat[i];
        }
        return ids;
    }

    /** Runs the signature. Inputs are {@link Array} or, for token ids, {@code int[][]}. */
    public Map<String, Array> run(Map<String, ?> inputs) {
        return run(inputs, signature.getOutputs());
    }

    /** Fetches any operation of the graph by its name. */
    public Array fetch(Map<String, ?> inputs, String operation) {
        return run(
                        inputs,
                        Map.of(
                                operation,
                                new Signature.TensorDescription(
                                        org.tensorflow.proto.DataType.DT_FLOAT,
                                        Shape.unknown(),
                                        operation + ":0")))
                .get(operation);
    }

    public boolean has(String operation) {
        return bundle.graph().operation(operation) != null;
    }

    private Map<String, Array> run(
            Map<String, ?> inputs, Map<String, Signature.TensorDescription> outputs) {
        List<Tensor> fed = new ArrayList<>();
        try {
            Session.Runner runner = bundle.session().runner();
            inputs.forEach(
                    (name, value) -> {
                        Tensor tensor = tensor(value);
                        fed.add(tensor);
                        runner.feed(signature.getInputs().get(name).name, tensor);
                    });
            outputs.values().forEach(output -> runner.fetch(output.name));
            Map<String, Array> result = new LinkedHashMap<>();
            try (var values = runner.run()) {
                int i = 0;
                for (String name : outputs.keySet()) {
                    TFloat32 tensor = (TFloat32) values.get(i++);
                    float[] floats = new float[(int) tensor.size()];
                    tensor.asRawTensor().data().asFloats().read(floats);
                    result.put(name, new Array(floats, tensor.shape().asArray()));
                }
            }
            return result;
        } finally {
            fed.forEach(Tensor::close);
        }
    }

    private static Tensor tensor(Object value) {
        if (value instanceof Array array) {
            return TFloat32.tensorOf(Shape.of(array.shape()), DataBuffers.of(array.values()));
        }
        int[][] ids = (int[][]) value;
        int[] flat = java.util.Arrays.stream(ids).flatMapToInt(java.util.Arrays::stream).toArray();
        return TInt32.tensorOf(Shape.of(ids.length, ids[0].length), DataBuffers.of(flat));
    }

    @Override
    public void close() {
        bundle.close();
    }
}
