package dev.darkroom.trainer.evaluate;

import dev.darkroom.network.export.FrozenNetwork;
import java.io.IOException;
import java.nio.file.Path;
import org.tensorflow.Operand;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** Networks that stand for Inception: their features are the means of the three channels. */
public final class SmallInception {
    private SmallInception() {}

    /**
     * @param side of the pictures; {@link Shape#UNKNOWN_SIZE} for any
     * @param outputs names in the signature, all of the same features
     */
    public static Path export(Path target, long side, String... outputs) throws IOException {
        try (FrozenNetwork network = new FrozenNetwork()) {
            Placeholder<TFloat32> pictures =
                    network.scope()
                            .tf()
                            .placeholder(
                                    TFloat32.class,
                                    Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, side, side, 3)));
            Operand<TFloat32> means =
                    network.scope().tf().math.mean(pictures, network.scope().ints(1, 2));
            Signature.Builder signature =
                    Signature.builder("serving_default").input("pictures", pictures);
            for (String output : outputs) {
                signature.output(output, means);
            }
            SavedModelBundle.exporter(target.toString())
                    .withSession(network.session())
                    .withSignature(signature.build())
                    .export();
        }
        return target;
    }
}
