package dev.darkroom.network.vae;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.nn.StageGraph;
import dev.darkroom.network.parameter.ParameterSource;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** {@link Stage#VAE_ENCODER}. */
public record VaeEncoderGraph(VaeConfiguration configuration) implements StageGraph {
    @Override
    public Stage stage() {
        return Stage.VAE_ENCODER;
    }

    @Override
    public Signature build(Ops tf, ParameterSource parameters) {
        Placeholder<TFloat32> image =
                tf.withName(Stage.IMAGE)
                        .placeholder(
                                TFloat32.class,
                                Placeholder.shape(
                                        Shape.of(-1, -1, -1, configuration.inChannels())));
        VaeNetwork.Posterior posterior =
                new VaeNetwork(configuration).encode(new NetworkScope(tf, parameters), image);
        return Signature.builder(Stage.SIGNATURE)
                .input(Stage.IMAGE, image)
                .output(Stage.MEAN, tf.withName(Stage.MEAN).identity(posterior.mean()))
                .output(Stage.LOGVAR, tf.withName(Stage.LOGVAR).identity(posterior.logvar()))
                .build();
    }
}
