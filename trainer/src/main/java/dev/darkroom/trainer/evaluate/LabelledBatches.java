package dev.darkroom.trainer.evaluate;

import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.trainer.data.BatchOrder;
import dev.darkroom.trainer.data.Example;
import dev.darkroom.trainer.data.ImageDataset;
import java.util.ArrayList;
import java.util.List;

/** Pictures with their classes to learn from: a function of the step. */
@FunctionalInterface
public interface LabelledBatches {
    Batch at(long step);

    /**
     * @param pictures [N, H, W, 3], -1..1, row-major
     * @param labels N class indices
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Batch(float[] pictures, int[] labels) {}

    /**
     * The batches of a data set, augmented as it is set to.
     *
     * @param dataset all of whose pictures have a class
     * @param side width and height that pictures are brought to
     */
    static LabelledBatches of(ImageDataset dataset, int side, int batchSize, long seed) {
        PicturePreparation preparation = PicturePreparation.plain(side);
        BatchOrder order = BatchOrder.of(dataset, batchSize, seed);
        return step -> {
            int[] indices = order.indices(step);
            long[] draws = order.draws(step);
            int[] labels = new int[indices.length];
            List<RgbImage> pictures = new ArrayList<>();
            for (int i = 0; i < indices.length; i++) {
                Example example = dataset.example(indices[i], draws[i]);
                pictures.add(example.picture().image());
                labels[i] =
                        example.label()
                                .orElseThrow(
                                        () ->
                                                new IllegalArgumentException(
                                                        "an example has no class"));
            }
            return new Batch(preparation.batch(pictures), labels);
        };
    }

    /**
     * With every other picture mirrored left to right: a shoe that faces the other way is a shoe.
     *
     * @param width of the pictures
     */
    default LabelledBatches mirrored(int width) {
        return step -> {
            Batch batch = at(step);
            int rows = batch.pictures().length / (width * 3);
            int each = rows / batch.labels().length;
            float[] pictures = batch.pictures().clone();
            for (int row = 0; row < rows; row++) {
                if ((row / each + step) % 2 == 0) {
                    for (int x = 0; x < width; x++) {
                        System.arraycopy(
                                batch.pictures(),
                                (row * width + x) * 3,
                                pictures,
                                (row * width + width - 1 - x) * 3,
                                3);
                    }
                }
            }
            return new Batch(pictures, batch.labels());
        };
    }
}
