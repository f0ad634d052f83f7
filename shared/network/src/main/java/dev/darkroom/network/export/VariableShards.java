package dev.darkroom.network.export;

import dev.darkroom.network.checkpoint.WeightFile;
import dev.darkroom.network.parameter.ParameterLayout;
import dev.darkroom.network.parameter.ParameterSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.MergeV2Checkpoints;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * Writes parameters as a TensorFlow checkpoint, some 256 MB at a time: no session ever holds all of
 * them, so that a network of several gigabytes is written in a fraction of its size. Transposing
 * into TensorFlow's layout is left to the graph that saves them.
 */
final class VariableShards {
    private static final long SHARD_BYTES = 256L << 20;
    private static final int CHUNK = 1 << 18;

    private final WeightFile weights;
    private final Path folder;
    private final LongConsumer written;
    private final float[] chunk = new float[CHUNK];

    /**
     * @param folder {@code variables} of the SavedModel; exists
     * @param written is told the number of parameters after each shard
     */
    VariableShards(WeightFile weights, Path folder, LongConsumer written) {
        this.weights = weights;
        this.folder = folder;
        this.written = written;
    }

    /** Writes {@code variables.index} and the data files that it names. */
    void write(List<ParameterSpec> specs) {
        List<List<ParameterSpec>> shards = split(specs);
        List<String> prefixes = new ArrayList<>();
        for (int i = 0; i < shards.size(); i++) {
            String prefix = folder.resolve("shard-" + i).toString();
            writeShard(shards.get(i), prefix);
            prefixes.add(prefix);
            written.accept(shards.get(i).stream().mapToLong(ParameterSpec::elements).sum());
        }
        merge(prefixes, folder.resolve("variables").toString());
    }

    private static List<List<ParameterSpec>> split(List<ParameterSpec> specs) {
        List<List<ParameterSpec>> shards = new ArrayList<>();
        List<ParameterSpec> shard = new ArrayList<>();
        long bytes = 0;
        for (ParameterSpec spec : specs) {
            long size = spec.elements() * Float.BYTES;
            if (!shard.isEmpty() && bytes + size > SHARD_BYTES) {
                shards.add(shard);
                shard = new ArrayList<>();
                bytes = 0;
            }
            shard.add(spec);
            bytes += size;
        }
        shards.add(shard);
        return shards;
    }

    private void writeShard(List<ParameterSpec> specs, String prefix) {
        List<TFloat32> tensors = new ArrayList<>();
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            Session.Runner runner = session.runner();
            List<Operand<?>> values = new ArrayList<>();
            for (ParameterSpec spec : specs) {
                ParameterLayout layout = spec.layout();
                Shape stored = shape(layout.storedShape(spec.shape()));
                TFloat32 tensor = TFloat32.tensorOf(stored);
                tensors.add(tensor);
                fill(spec, tensor);
                Placeholder<TFloat32> value =
                        tf.placeholder(TFloat32.class, Placeholder.shape(stored));
                runner.feed(value, tensor);
                int[] permutation = layout.permutation();
                values.add(
                        permutation.length == 0
                                ? value
                                : tf.linalg.transpose(value, tf.constant(permutation)));
            }
            Operand<TString> names = strings(tf, specs.stream().map(ParameterSpec::key).toList());
            Operand<TString> slices = tf.zerosLike(names);
            runner.addTarget(tf.train.save(tf.constant(prefix), names, slices, values));
            runner.run().close();
        } finally {
            tensors.forEach(TFloat32::close);
        }
    }

    private void fill(ParameterSpec spec, TFloat32 tensor) {
        FloatDataBuffer data = tensor.asRawTensor().data().asFloats();
        long elements = spec.elements();
        for (long first = 0; first < elements; first += CHUNK) {
            int count = (int) Math.min(CHUNK, elements - first);
            weights.read(spec, first, chunk, count);
            data.slice(first, count).write(chunk, 0, count);
        }
    }

    private static void merge(List<String> prefixes, String destination) {
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            MergeV2Checkpoints merged =
                    tf.train.mergeV2Checkpoints(
                            strings(tf, prefixes),
                            tf.constant(destination),
                            MergeV2Checkpoints.deleteOldDirs(false));
            session.runner().addTarget(merged).run().close();
        }
    }

    private static Operand<TString> strings(Ops tf, List<String> values) {
        return tf.constant(StdArrays.ndCopyOf(values.toArray(new String[0])));
    }

    private static Shape shape(List<Long> dimensions) {
        return Shape.of(dimensions.stream().mapToLong(Long::longValue).toArray());
    }
}
