package dev.darkroom.trainer.data;

import java.util.ArrayList;
import java.util.List;

/** The examples of one step as a network takes them. */
public final class TrainingBatch {
    private final long step;
    private final Bucket bucket;
    private final float[] pixels;
    private final List<String> captions;
    private final int[] labels;

    private TrainingBatch(
            long step, Bucket bucket, float[] pixels, List<String> captions, int[] labels) {
        this.step = step;
        this.bucket = bucket;
        this.pixels = pixels;
        this.captions = captions;
        this.labels = labels;
    }

    /** The batch that an order has at a step. */
    public static TrainingBatch assemble(ImageDataset dataset, BatchOrder order, long step) {
        int[] indices = order.indices(step);
        long[] draws = order.draws(step);
        Bucket bucket = order.bucket(step);
        int length = bucket.width() * bucket.height() * Picture.CHANNELS;
        float[] pixels = new float[indices.length * length];
        List<String> captions = new ArrayList<>(indices.length);
        boolean labelled = !dataset.classes().isEmpty();
        int[] labels = new int[labelled ? indices.length : 0];
        for (int i = 0; i < indices.length; i++) {
            Example example = dataset.example(indices[i], draws[i]);
            Picture picture = example.picture();
            if (picture.width() != bucket.width() || picture.height() != bucket.height()) {
                throw new IllegalStateException(picture + " is not of bucket " + bucket);
            }
            picture.write(pixels, i * length);
            captions.add(example.caption());
            if (labelled) {
                labels[i] = example.label().orElseThrow();
            }
        }
        return new TrainingBatch(step, bucket, pixels, List.copyOf(captions), labels);
    }

    public long step() {
        return step;
    }

    /** Number of examples. */
    public int size() {
        return captions.size();
    }

    public Bucket bucket() {
        return bucket;
    }

    /** [N, H, W, 3], -1..1; given away. */
    public float[] pixels() {
        return pixels;
    }

    public List<String> captions() {
        return captions;
    }

    /** A class index for each example; none where the data has no classes. */
    public int[] labels() {
        return labels;
    }
}
