package dev.darkroom.network.export;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import java.nio.file.Path;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.Restore;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * The weights of a stage that {@link SavedModelWriter} wrote, read back parameter by parameter:
 * what a published checkpoint is fine-tuned from and exported from. Belongs to one thread.
 */
public final class SavedModelWeights implements ParameterValues, AutoCloseable {
    private final Path folder;
    private final Graph graph = new Graph();
    private final Session session;
    private final Placeholder<TString> name;
    private final Restore restored;

    /**
     * @param folder a stage's SavedModel
     */
    public SavedModelWeights(Path folder) {
        TensorflowNatives.load();
        this.folder = folder;
        Ops tf = Ops.create(graph);
        name = tf.placeholder(TString.class, Placeholder.shape(Shape.of(1)));
        restored =
                tf.train.restore(
                        tf.constant(folder.resolve("variables/variables").toString()),
                        name,
                        tf.zerosLike(name),
                        List.of(TFloat32.class));
        session = new Session(graph);
    }

    /**
     * @throws DarkroomException {@link ErrorCode#CORRUPT_CHECKPOINT} where the checkpoint has no
     *     such parameter or one of another shape
     */
    @Override
    public float[] values(ParameterSpec spec) {
        try (TString key = TString.tensorOf(NdArrays.vectorOfObjects(spec.key()));
                Result result =
                        session.runner().feed(name, key).fetch(restored.op().output(0)).run()) {
            TFloat32 tensor = (TFloat32) result.get(0);
            Shape expected = Shape.of(spec.shape().stream().mapToLong(Long::longValue).toArray());
            if (!tensor.shape().equals(expected)) {
                throw corrupt(
                        spec.key() + " has the shape " + tensor.shape() + ", not " + expected,
                        null);
            }
            float[] values = new float[Math.toIntExact(spec.elements())];
            tensor.asRawTensor().data().asFloats().read(values);
            return values;
        } catch (TensorFlowException e) {
            throw corrupt(spec.key() + " cannot be read: " + e.getMessage(), e);
        }
    }

    private DarkroomException corrupt(
            String message, @org.jspecify.annotations.Nullable Throwable cause) {
        return new DarkroomException(
                ErrorCode.CORRUPT_CHECKPOINT, folder.getFileName() + ": " + message, cause);
    }

    @Override
    public void close() {
        session.close();
        graph.close();
    }
}
