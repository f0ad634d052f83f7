package dev.darkroom.trainer.stage;

import dev.darkroom.trainer.data.BatchOrder;
import dev.darkroom.trainer.data.Example;
import dev.darkroom.trainer.data.ImageDataset;
import java.util.ArrayList;
import java.util.List;

/** Examples whose pictures have one size. */
record PictureBatch(List<Example> examples) {
    PictureBatch {
        examples = List.copyOf(examples);
    }

    /** Those of a step's batch, from 0, of a data set's order. */
    static PictureBatch of(ImageDataset dataset, BatchOrder order, long batch) {
        int[] indices = order.indices(batch);
        long[] draws = order.draws(batch);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < indices.length; i++) {
            examples.add(dataset.example(indices[i], draws[i]));
        }
        return new PictureBatch(examples);
    }

    /** The first pictures of a data set that have the size of the very first. */
    static PictureBatch first(ImageDataset dataset, int count) {
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < dataset.size() && examples.size() < count; i++) {
            if (dataset.bucket(i).equals(dataset.bucket(0))) {
                examples.add(dataset.example(i, 0));
            }
        }
        return new PictureBatch(examples);
    }

    int size() {
        return examples.size();
    }

    int width() {
        return examples.get(0).picture().width();
    }

    int height() {
        return examples.get(0).picture().height();
    }

    /** [N, H, W, 3] in -1..1. */
    float[] pixels() {
        int each = width() * height() * 3;
        float[] pixels = new float[size() * each];
        for (int i = 0; i < size(); i++) {
            examples.get(i).picture().write(pixels, i * each);
        }
        return pixels;
    }
}
