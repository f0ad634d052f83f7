package dev.darkroom.network.clip;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.nn.StageGraph;
import dev.darkroom.network.parameter.ParameterSource;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TInt32;

/** {@link Stage#TEXT_ENCODER}. */
public record ClipTextGraph(ClipTextConfiguration configuration) implements StageGraph {
    @Override
    public Stage stage() {
        return Stage.TEXT_ENCODER;
    }

    @Override
    public Signature build(Ops tf, ParameterSource parameters) {
        Placeholder<TInt32> tokenIds =
                tf.withName(Stage.TOKEN_IDS)
                        .placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
        ClipTextNetwork.Output output =
                new ClipTextNetwork(configuration)
                        .build(new NetworkScope(tf, parameters), tokenIds);
        return Signature.builder(Stage.SIGNATURE)
                .input(Stage.TOKEN_IDS, tokenIds)
                .output(
                        Stage.TEXT_EMBEDDING,
                        tf.withName(Stage.TEXT_EMBEDDING).identity(output.embedding()))
                .output(
                        Stage.POOLED_EMBEDDING,
                        tf.withName(Stage.POOLED_EMBEDDING).identity(output.pooled()))
                .build();
    }
}
