package dev.darkroom.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.diffusion.picture.Resampling;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.trainer.graph.ClassifierNetwork;
import dev.darkroom.trainer.loop.StepReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On noisy pictures that are bright on the left, on the right or below. */
class ClassifierTest {
    private static final int SIDE = 12;
    private static final int KINDS = 3;
    private static final ClassifierNetwork SHAPE = new ClassifierNetwork(SIDE, KINDS);

    @TempDir Path folder;

    @Test
    void learnsTheKindsAndIsTheSameWhenReadBack() {
        List<StepReport> reports = new ArrayList<>();
        List<RgbImage> unseen =
                IntStream.range(9000, 9060).mapToObj(ClassifierTest::picture).toList();
        try (Classifier learnt =
                new ClassifierTraining(60, 0.003, 1)
                        .train(SHAPE, ClassifierTest::batch, reports::add)) {
            int[] wanted = IntStream.range(9000, 9060).map(i -> i % KINDS).toArray();
            assertThat(learnt.classify(unseen)).isEqualTo(wanted);
            assertThat(learnt.of(unseen)).hasSize(60 * learnt.dimensions());

            Path file = folder.resolve(Classifier.FILE);
            learnt.save(file);
            try (Classifier read = Classifier.open(file)) {
                assertThat(read.identity()).isEqualTo(learnt.identity());
                assertThat(read.of(unseen)).isEqualTo(learnt.of(unseen));
                assertThat(read.classes()).isEqualTo(KINDS);
            }
        }
        assertThat(reports).hasSize(60);
        assertThat(reports.get(59).loss()).isLessThan(0.3 * reports.get(0).loss());
        assertThat(reports.get(59).learningRate()).isLessThan(1e-5);
    }

    @Test
    void bringsPicturesOfAnySizeToItsOwn() {
        RgbImage picture = picture(7);
        RgbImage wide =
                Resampling.BICUBIC.resize(
                        new RgbImage(SIDE, SIDE, picture.pixels()), 4 * SIDE, 4 * SIDE);
        try (Classifier classifier =
                new ClassifierTraining(20, 0.003, 1)
                        .train(SHAPE, ClassifierTest::batch, report -> {})) {
            assertThat(classifier.classify(List.of(wide, bordered(wide))))
                    .containsOnly(classifier.classify(List.of(picture))[0]);
        }
    }

    /** With a white stripe on either side. */
    private static RgbImage bordered(RgbImage square) {
        int side = square.height();
        int width = side + 20;
        byte[] pixels = new byte[width * side * 3];
        Arrays.fill(pixels, (byte) 255);
        for (int y = 0; y < side; y++) {
            System.arraycopy(square.pixels(), y * side * 3, pixels, (y * width + 10) * 3, side * 3);
        }
        return new RgbImage(width, side, pixels);
    }

    @Test
    void mirrorsEveryOtherPicture() {
        float[] two = new float[24];
        for (int i = 0; i < two.length; i++) {
            two[i] = i;
        }
        LabelledBatches batches = step -> new LabelledBatches.Batch(two, new int[] {4, 5});

        // Two pictures, each two rows of two pixels.
        assertThat(batches.mirrored(2).at(0).pictures())
                .containsExactly(
                        3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                        21, 22, 23);
        assertThat(batches.mirrored(2).at(1).pictures()).startsWith(0, 1, 2).endsWith(18, 19, 20);
        assertThat(batches.mirrored(2).at(1).labels()).containsExactly(4, 5);
    }

    private static LabelledBatches.Batch batch(long step) {
        int count = 24;
        List<RgbImage> pictures = new ArrayList<>();
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            int index = (int) step * count + i;
            pictures.add(picture(index));
            labels[i] = index % KINDS;
        }
        return new LabelledBatches.Batch(PicturePreparation.plain(SIDE).batch(pictures), labels);
    }

    private static RgbImage picture(int index) {
        Random random = new Random(index);
        byte[] pixels = new byte[SIDE * SIDE * 3];
        for (int i = 0; i < pixels.length; i++) {
            int x = i / 3 % SIDE;
            int y = i / 3 / SIDE;
            boolean bright =
                    switch (index % KINDS) {
                        case 0 -> x < SIDE / 2;
                        case 1 -> x >= SIDE / 2;
                        default -> y >= SIDE / 2;
                    };
            pixels[i] = (byte) (random.nextInt(100) + (bright ? 120 : 0));
        }
        return new RgbImage(SIDE, SIDE, pixels);
    }
}
