package dev.darkroom.trainer.data;

import java.util.Arrays;
import java.util.List;

/**
 * A data set in two: what is trained on and what is only measured on. Which is which depends on
 * size, count and seed alone, so a resumed or repeated run holds out the same pictures.
 *
 * @param training the rest
 * @param heldOut the pictures never trained on
 */
public record HoldOut(ImageDataset training, ImageDataset heldOut) {
    /** Keeps the choice apart from the orders of training that may have the same seed. */
    private static final long CHOICE = -2;

    /**
     * @param count pictures to hold out, 1..size-1
     */
    public static HoldOut of(ImageDataset dataset, int count, long seed) {
        if (count < 1 || count >= dataset.size()) {
            throw new IllegalArgumentException(
                    "held out are " + count + ", must be 1.." + (dataset.size() - 1));
        }
        Permutation permutation = new Permutation(dataset.size(), seed, CHOICE);
        int[] order = new int[dataset.size()];
        for (int i = 0; i < order.length; i++) {
            order[i] = (int) permutation.at(i);
        }
        return new HoldOut(
                new Part(dataset, Arrays.copyOfRange(order, count, order.length)),
                new Part(dataset, Arrays.copyOf(order, count)));
    }

    /** Some pictures of a data set, in its order. */
    private static final class Part implements ImageDataset {
        private final ImageDataset whole;
        private final int[] indices;

        Part(ImageDataset whole, int[] indices) {
            this.whole = whole;
            this.indices = indices;
            Arrays.sort(indices);
        }

        @Override
        public int size() {
            return indices.length;
        }

        @Override
        public List<String> classes() {
            return whole.classes();
        }

        @Override
        public Bucket bucket(int index) {
            return whole.bucket(indices[index]);
        }

        @Override
        public Example example(int index, long draw) {
            return whole.example(indices[index], draw);
        }

        @Override
        public List<String> captions() {
            return whole.captions();
        }
    }
}
