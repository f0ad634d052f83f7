package dev.darkroom.trainer.evaluate;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.trainer.loop.Feeds;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * A SavedModel of one signature as a function from arrays to an array. Whoever opens it closes it.
 */
final class SavedModel implements AutoCloseable {
    private static final String GRAPHS = "saved_model.pb";

    /** Of what is there to be run. */
    private static final String TAG = "serve";

    private final SavedModelBundle bundle;
    private final SignatureDef signature;

    private SavedModel(SavedModelBundle bundle, SignatureDef signature) {
        this.bundle = bundle;
        this.signature = signature;
    }

    /**
     * @throws DarkroomException {@link ErrorCode#CORRUPT_CHECKPOINT} where it does not load or
     *     lacks the signature
     */
    static SavedModel open(Path folder, String signature) {
        TensorflowNatives.load();
        try {
            SavedModelBundle bundle = SavedModelBundle.load(folder.toString(), TAG);
            SignatureDef found = bundle.metaGraphDef().getSignatureDefMap().get(signature);
            if (found == null) {
                bundle.close();
                throw new IllegalArgumentException("it has no signature " + signature);
            }
            return new SavedModel(bundle, found);
        } catch (RuntimeException e) {
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT, folder + " does not load: " + e.getMessage(), e);
        }
    }

    /**
     * The signatures of a SavedModel, which is not loaded.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_REQUEST} where the folder holds none that
     *     could be run
     */
    static Map<String, SignatureDef> signatures(Path folder) {
        Path file = folder.resolve(GRAPHS);
        try (InputStream in = Files.newInputStream(file)) {
            List<MetaGraphDef> graphs =
                    org.tensorflow.proto.SavedModel.parseFrom(in).getMetaGraphsList();
            return graphs.stream()
                    .filter(graph -> graph.getMetaInfoDef().getTagsList().contains(TAG))
                    .findFirst()
                    .map(MetaGraphDef::getSignatureDefMap)
                    .orElseThrow(
                            () ->
                                    new DarkroomException(
                                            ErrorCode.INVALID_REQUEST,
                                            file
                                                    + " has no graph tagged "
                                                    + TAG
                                                    + ", only "
                                                    + graphs.stream()
                                                            .map(MetaGraphDef::getMetaInfoDef)
                                                            .map(info -> info.getTagsList())
                                                            .toList()));
        } catch (InvalidProtocolBufferException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, file + " is no SavedModel: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    folder + " is no SavedModel: its " + GRAPHS + " cannot be read",
                    e);
        }
    }

    /** Inputs of one run; closed by it. */
    static final class Inputs {
        private final Map<String, TType> tensors = new LinkedHashMap<>();

        Inputs floats(String name, float[] values, long... shape) {
            tensors.put(name, TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(values)));
            return this;
        }

        Inputs ints(String name, int[] values, long... shape) {
            tensors.put(name, TInt32.tensorOf(Shape.of(shape), DataBuffers.of(values)));
            return this;
        }
    }

    /**
     * @param inputs by their names in the signature
     * @param output name in the signature, of a float32 tensor
     * @return its values, row-major
     */
    float[] run(Inputs inputs, String output) {
        try {
            Session.Runner runner = bundle.session().runner();
            inputs.tensors.forEach(
                    (name, tensor) ->
                            runner.feed(name(signature.getInputsMap(), name), (Tensor) tensor));
            runner.fetch(name(signature.getOutputsMap(), output));
            try (Result result = runner.run()) {
                return Feeds.floats((TFloat32) result.get(0));
            }
        } finally {
            inputs.tensors.values().forEach(TType::close);
        }
    }

    private static String name(Map<String, TensorInfo> tensors, String key) {
        TensorInfo found = tensors.get(key);
        if (found == null) {
            throw new IllegalArgumentException(
                    "the signature has " + tensors.keySet() + " and not " + key);
        }
        return found.getName();
    }

    @Override
    public void close() {
        bundle.close();
    }
}
