package dev.darkroom.trainer.data;

import java.util.Comparator;

/** A size that pictures are brought to, in pixels; the pictures of one batch share theirs. */
public record Bucket(int width, int height) implements Comparable<Bucket> {
    private static final Comparator<Bucket> ORDER =
            Comparator.comparingInt(Bucket::width).thenComparingInt(Bucket::height);

    public Bucket {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "a bucket is " + width + " x " + height + ", must be at least 1 x 1");
        }
    }

    @Override
    public int compareTo(Bucket other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return width + "x" + height;
    }
}
