package dev.darkroom.network.export;

import com.google.protobuf.CodedOutputStream;
import dev.darkroom.network.checkpoint.WeightFile;
import dev.darkroom.network.nn.StageGraph;
import dev.darkroom.network.parameter.DeclaredParameters;
import dev.darkroom.network.parameter.ParameterSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.NoOp;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.op.train.Restore;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * Writes a stage as a SavedModel: inference graph, variables, one signature. The same weights and
 * configuration give the same bytes.
 *
 * <p>The exporter of TensorFlow Java would need a session that holds every variable, and would save
 * whatever else the graph has.
 */
public final class SavedModelWriter {
    private final StageGraph stage;

    public SavedModelWriter(StageGraph stage) {
        this.stage = stage;
    }

    /**
     * Every parameter of the stage.
     *
     * @throws IllegalArgumentException where the configured sizes do not fit each other
     */
    public List<ParameterSpec> parameters() {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            DeclaredParameters parameters = new DeclaredParameters(tf);
            stage.build(tf, parameters);
            return parameters.specs();
        }
    }

    /**
     * @param weights bound to this stage's parameters
     * @param folder is made
     * @param written is told the number of parameters after each part of them
     */
    public void write(WeightFile weights, Path folder, LongConsumer written) throws IOException {
        Path variables = Files.createDirectories(folder.resolve("variables"));
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            DeclaredParameters parameters = new DeclaredParameters(tf);
            Signature signature = stage.build(tf, parameters);
            new VariableShards(weights, variables, written).write(parameters.specs());
            SaverDef saver = addRestore(tf, parameters.variables());
            MetaGraphDef meta =
                    MetaGraphDef.newBuilder()
                            .setMetaInfoDef(
                                    MetaGraphDef.MetaInfoDef.newBuilder()
                                            .addTags("serve")
                                            .setTensorflowVersion(TensorFlow.version()))
                            .setGraphDef(graph.toGraphDef())
                            .setSaverDef(saver)
                            .putSignatureDef(signature.key(), definition(signature))
                            .build();
            SavedModel model =
                    SavedModel.newBuilder()
                            .setSavedModelSchemaVersion(1)
                            .addMetaGraphs(meta)
                            .build();
            try (OutputStream out = Files.newOutputStream(folder.resolve("saved_model.pb"))) {
                CodedOutputStream coded = CodedOutputStream.newInstance(out);
                coded.useDeterministicSerialization();
                model.writeTo(coded);
                coded.flush();
            }
        }
    }

    private static SaverDef addRestore(Ops root, Map<String, Variable<TFloat32>> variables) {
        Ops tf = root.withSubScope("restore");
        Placeholder<TString> file =
                tf.withName("file").placeholder(TString.class, Placeholder.shape(Shape.scalar()));
        Operand<TString> names =
                tf.constant(StdArrays.ndCopyOf(variables.keySet().toArray(new String[0])));
        List<Class<? extends TType>> types =
                new ArrayList<>(Collections.nCopies(variables.size(), TFloat32.class));
        Restore restored = tf.train.restore(file, names, tf.zerosLike(names), types);
        List<Op> assignments = new ArrayList<>();
        int i = 0;
        for (Variable<TFloat32> variable : variables.values()) {
            Operand<TFloat32> value = restored.op().output(i++);
            assignments.add(tf.assign(variable, value));
        }
        NoOp all = tf.withControlDependencies(assignments).withName("all").noOp();
        return SaverDef.newBuilder()
                .setFilenameTensorName(file.asOutput().op().name() + ":0")
                .setRestoreOpName(all.op().name())
                .setVersion(SaverDef.CheckpointFormatVersion.V2)
                .build();
    }

    private static SignatureDef definition(Signature signature) {
        SignatureDef.Builder builder =
                SignatureDef.newBuilder().setMethodName("tensorflow/serving/predict");
        signature.getInputs().forEach((key, tensor) -> builder.putInputs(key, info(tensor)));
        signature.getOutputs().forEach((key, tensor) -> builder.putOutputs(key, info(tensor)));
        return builder.build();
    }

    private static TensorInfo info(Signature.TensorDescription tensor) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        if (tensor.shape.isUnknown()) {
            shape.setUnknownRank(true);
        } else {
            for (long dimension : tensor.shape.asArray()) {
                shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(dimension));
            }
        }
        return TensorInfo.newBuilder()
                .setName(tensor.name)
                .setDtype(tensor.dataType)
                .setTensorShape(shape)
                .build();
    }
}
