package dev.darkroom.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.testing.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

class InceptionFeaturesTest {
    private static final int SIDE = 9;

    @TempDir Path folder;

    @Test
    void asksTheNetworkForPicturesOfItsSize() throws IOException {
        Path network = SmallInception.export(folder.resolve("inception"), SIDE, "pool_3");
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
        Path network = SmallInception.export(folder.resolve("inception"), SIDE, "pool_3");
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

    @Test
    void readsFromTheNetworkHowItIsAsked() throws IOException {
        Path network = SmallInception.export(folder.resolve("inception"), SIDE, "pool_3");
        Path any = SmallInception.export(folder.resolve("any"), Shape.UNKNOWN_SIZE, "pool_3");

        assertThat(InceptionChoice.of(network).options()).isEqualTo(options(network, "pool_3", 3));
        assertThat(InceptionChoice.of(any).options().side()).isEqualTo(299);
        InceptionFeatures.Options small =
                choice(any, Optional.of("pool_3"), Optional.of(SIDE), Optional.of(3)).options();
        assertThat(small).isEqualTo(options(any, "pool_3", 3));
        try (InceptionFeatures features = new InceptionFeatures(small)) {
            assertThat(features.of(List.of(new RgbImage(1, 1, new byte[3]))))
                    .containsExactly(-1, -1, -1);
        }
    }

    @Test
    void asksOnlyForWhatTheNetworkLeavesOpen() throws IOException {
        Path network = SmallInception.export(folder.resolve("inception"), SIDE, "a", "b");

        assertThatThrownBy(() -> InceptionChoice.of(network).options())
                .hasMessageContaining(
                        "signature serving_default gives a float [?, 3] and b float [?, 3], not one"
                                + " output of float [N, d]; name one");
        assertThat(choice(network, Optional.of("b"), Optional.empty(), Optional.empty()).options())
                .isEqualTo(options(network, "b", 3));
    }

    @Test
    void saysWhatItFoundWhereThatDoesNotFit() throws IOException {
        Path network = SmallInception.export(folder.resolve("inception"), SIDE, "pool_3");
        Path checkpoint = Checkout.bundledModel();
        Path broken = Files.createDirectory(folder.resolve("broken"));
        Files.writeString(broken.resolve("saved_model.pb"), "rubbish");

        refuses(
                choice(network, Optional.of("logits"), Optional.empty(), Optional.empty()),
                "pool_3 float [?, 3]",
                "named logits");
        refuses(
                choice(network, Optional.empty(), Optional.of(8), Optional.empty()),
                "pictures's side is 9, not 8");
        refuses(
                choice(network, Optional.empty(), Optional.empty(), Optional.of(2048)),
                "pool_3's dimensions is 3, not 2048");
        refuses(
                new InceptionChoice(
                        network,
                        Optional.of("predict"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()),
                "[serving_default] and not predict");
        refuses(
                new InceptionChoice(
                        network,
                        Optional.empty(),
                        Optional.of("images"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()),
                "takes pictures float [?, 9, 9, 3]",
                "named images");
        refuses(InceptionChoice.of(checkpoint), "fashion-sd is no SavedModel");
        refuses(InceptionChoice.of(broken), "saved_model.pb is no SavedModel");
    }

    private static void refuses(InceptionChoice choice, String... why) {
        assertThatThrownBy(choice::options)
                .isInstanceOf(DarkroomException.class)
                .hasMessageContainingAll(why);
    }

    private static InceptionChoice choice(
            Path network,
            Optional<String> output,
            Optional<Integer> side,
            Optional<Integer> dimensions) {
        return new InceptionChoice(
                network, Optional.empty(), Optional.empty(), output, side, dimensions);
    }
}
