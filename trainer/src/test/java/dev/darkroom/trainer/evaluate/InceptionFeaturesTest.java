package dev.darkroom.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.network.export.FrozenNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** With a network that stands for Inception: the mean of each channel. */
class InceptionFeaturesTest {
    private static final int SIDE = 9;

    @TempDir Path folder;

    @Test
    void asksTheNetworkForPicturesOfItsSize() throws IOException {
        Path network = export();
        List<RgbImage> pictures =
                Collections.nCopies(
                        20, new RgbImage(2, 1, new byte[] {(byte) 255, 0, 51, (byte) 255, 0, 51}));

        try (InceptionFeatures features = new InceptionFeatures(options(network, "pool_3", 3))) {
            float[] rows = features.of(pictures);

            assertThat(rows).hasSize(60);
            assertThat(rows[57]).isCloseTo(1, within(1e-5f));
            assertThat(rows[58]).isCloseTo(-1, within(1e-5f));
            assertThat(rows[59]).isCloseTo(-0.6f, within(1e-5f));
        }
    }

    @Test
    void saysWhatDoesNotFit() throws IOException {
        Path network = export();
        List<RgbImage> one = List.of(new RgbImage(1, 1, new byte[3]));

        try (InceptionFeatures features = new InceptionFeatures(options(network, "pool", 3))) {
            assertThatThrownBy(() -> features.of(one)).hasMessageContaining("pool_3");
        }
        try (InceptionFeatures features = new InceptionFeatures(options(network, "pool_3", 2048))) {
            assertThatThrownBy(() -> features.of(one)).hasMessageContaining("2048");
        }
        assertThatThrownBy(
                        () -> new InceptionFeatures(options(folder.resolve("none"), "pool_3", 3)))
                .isInstanceOf(DarkroomException.class)
                .hasMessageContaining("none");
    }

    private static InceptionFeatures.Options options(Path network, String output, int dimensions) {
        return new InceptionFeatures.Options(
                network, "serving_default", "pictures", output, SIDE, dimensions);
    }

    private Path export() throws IOException {
        Path target = folder.resolve("inception");
        try (FrozenNetwork network = new FrozenNetwork()) {
            Placeholder<TFloat32> pictures =
                    network.scope()
                            .tf()
                            .placeholder(
                                    TFloat32.class,
                                    Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, SIDE, SIDE, 3)));
            Operand<TFloat32> means =
                    network.scope().tf().math.mean(pictures, network.scope().ints(1, 2));
            SavedModelBundle.exporter(target.toString())
                    .withSession(network.session())
                    .withSignature(
                            Signature.builder("serving_default")
                                    .input("pictures", pictures)
                                    .output("pool_3", means)
                                    .build())
                    .export();
        }
        return target;
    }
}
