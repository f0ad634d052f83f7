package dev.darkroom.network.unet;

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

/** {@link Stage#UNET}. */
public record UnetGraph(UnetConfiguration configuration) implements StageGraph {
    @Override
    public Stage stage() {
        return Stage.UNET;
    }

    @Override
    public Signature build(Ops tf, ParameterSource parameters) {
        Placeholder<TFloat32> latents =
                input(tf, Stage.LATENTS, Shape.of(-1, -1, -1, configuration.inChannels()));
        Placeholder<TFloat32> timesteps = input(tf, Stage.TIMESTEPS, Shape.of(-1));
        Placeholder<TFloat32> text =
                input(tf, Stage.TEXT_EMBEDDING, Shape.of(-1, -1, configuration.contextWidth()));
        Operand<TFloat32> prediction =
                new UnetNetwork(configuration)
                        .build(new NetworkScope(tf, parameters), latents, timesteps, text);
        return Signature.builder(Stage.SIGNATURE)
                .input(Stage.LATENTS, latents)
                .input(Stage.TIMESTEPS, timesteps)
                .input(Stage.TEXT_EMBEDDING, text)
                .output(Stage.PREDICTION, tf.withName(Stage.PREDICTION).identity(prediction))
                .build();
    }

    private static Placeholder<TFloat32> input(Ops tf, String name, Shape shape) {
        return tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(shape));
    }
}
