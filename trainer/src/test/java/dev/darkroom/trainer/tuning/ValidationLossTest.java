package dev.darkroom.trainer.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.trainer.data.Bucket;
import dev.darkroom.trainer.data.Example;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.data.Picture;
import dev.darkroom.trainer.stage.LatentCache;
import dev.darkroom.trainer.stage.LatentStage;
import dev.darkroom.trainer.stage.UnetSettings;
import dev.darkroom.trainer.stage.UnetStage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What decides whether a fine-tuned version serves: its loss on pictures of several sizes. */
class ValidationLossTest {
    /** Questions, and as many pictures of one size. */
    private static final int MEASURED = 16;

    @TempDir Path folder = Path.of("");

    @Test
    void pictureOfARareSizeCounts() throws IOException {
        Sneakers sneakers = new Sneakers(folder);
        try (ParentCheckpoint parent =
                new ParentCheckpoint(folder.resolve("parent"), folder.resolve("diffusers"))) {
            double loss = loss(sneakers, parent, new Sizes(MEASURED, 1, (byte) 0));

            assertThat(loss(sneakers, parent, new Sizes(MEASURED, 1, (byte) 0))).isEqualTo(loss);
            assertThat(loss(sneakers, parent, new Sizes(MEASURED, 1, (byte) -1)))
                    .isNotEqualTo(loss);
        }
    }

    private double loss(Sneakers sneakers, ParentCheckpoint parent, Sizes pictures)
            throws IOException {
        Path latents = folder.resolve("latents" + pictures.hashCode());
        new LatentStage(
                        latents,
                        parent.folder(),
                        pictures,
                        parent.surroundings().tokenizer(),
                        1,
                        "any")
                .run(written -> {}, () -> false);
        LatentCache cache = LatentCache.open(latents);
        TuningPlan plan =
                TuningPlan.of(
                        sneakers.order(Optional.empty(), false, 1).request(),
                        parent.unet(),
                        parent.networks(),
                        pictures.size(),
                        List.of(),
                        2,
                        2);
        return new UnetStage(
                        folder.resolve("unet"),
                        measuring(plan.settings()),
                        parent.surroundings(),
                        cache,
                        cache,
                        1)
                .validationLoss(parent.values(Stage.UNET));
    }

    private static UnetSettings measuring(UnetSettings usual) {
        return new UnetSettings(
                usual.network(),
                usual.optimizer(),
                usual.averageDecay(),
                usual.learningRate(),
                usual.loop(),
                usual.captionDropout(),
                usual.snrGamma(),
                usual.trainText(),
                usual.lora(),
                MEASURED,
                usual.shown(),
                usual.guidanceScale(),
                usual.samplingSteps());
    }

    /**
     * Pictures of one grey, most of them small.
     *
     * @param grey of the rare ones
     */
    private record Sizes(int usual, int rare, byte grey) implements ImageDataset {
        @Override
        public int size() {
            return usual + rare;
        }

        @Override
        public List<String> classes() {
            return List.of();
        }

        @Override
        public OptionalInt label(int index) {
            return OptionalInt.empty();
        }

        @Override
        public Bucket bucket(int index) {
            return index < usual ? new Bucket(16, 16) : new Bucket(32, 16);
        }

        @Override
        public Example example(int index, long draw) {
            Bucket size = bucket(index);
            byte[] rgb = new byte[size.width() * size.height() * Picture.CHANNELS];
            Arrays.fill(rgb, index < usual ? (byte) 100 : grey);
            return new Example(
                    Picture.of(size.width(), size.height(), rgb), "a red sneaker", label(index));
        }

        @Override
        public List<String> captions() {
            return List.of("a red sneaker");
        }
    }
}
