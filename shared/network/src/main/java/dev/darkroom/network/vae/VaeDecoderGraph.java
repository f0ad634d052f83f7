package dev.darkroom.network.vae;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.network.nn.NetworkScope;
import dev.darkroom.network.nn.StageGraph;
import dev.darkroom.network.parameter.ParameterSource;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** {@link Stage#VAE_DECODER}. */
public record VaeDecoderGraph(VaeConfiguration configuration) implements StageGraph {
    @Override
    public Stage stage() {
        return Stage.VAE_DECODER;
    }

    @Override
    public Signature build(Ops tf, ParameterSource parameters) {
        Placeholder<TFloat32> latents =
                tf.withName(Stage.LATENTS)
                        .placeholder(
                                TFloat32.class,
                                Placeholder.shape(
                                        Shape.of(-1, -1, -1, configuration.latentChannels())));
        Operand<TFloat32> image =
                new VaeNetwork(configuration).decode(new NetworkScope(tf, parameters), latents);
        return Signature.builder(Stage.SIGNATURE)
                .input(Stage.LATENTS, latents)
                .output(Stage.IMAGE, tf.withName(Stage.IMAGE).identity(image))
                .build();
    }
}
