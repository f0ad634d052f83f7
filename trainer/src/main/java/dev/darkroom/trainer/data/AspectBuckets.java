package dev.darkroom.trainer.data;

import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * The sizes that pictures of different shapes are brought to: sides are multiples of a number, the
 * area is near that of the square of the resolution, and each picture takes the size whose ratio of
 * width to height is nearest to its own (as NovelAI described for Stable Diffusion in 2022), so
 * that little is cropped away.
 */
final class AspectBuckets {
    private final List<Bucket> buckets;

    /**
     * @param maxRatio of the longer side to the shorter; 1 gives the square alone
     */
    AspectBuckets(int resolution, int multiple, double maxRatio) {
        TreeSet<Bucket> sizes = new TreeSet<>();
        sizes.add(new Bucket(resolution, resolution));
        double area = (double) resolution * resolution;
        for (int longer = resolution; longer * (double) longer <= area * maxRatio; ) {
            int shorter = (int) Math.round(area / longer / multiple) * multiple;
            if (shorter > 0 && longer <= shorter * maxRatio) {
                sizes.add(new Bucket(longer, shorter));
                sizes.add(new Bucket(shorter, longer));
            }
            longer += multiple;
        }
        buckets = List.copyOf(sizes);
    }

    List<Bucket> all() {
        return buckets;
    }

    /** The size for a picture of a width and height. */
    Bucket nearest(int width, int height) {
        double ratio = logRatio(width, height);
        return buckets.stream()
                .min(
                        Comparator.comparingDouble(
                                        (Bucket b) ->
                                                Math.abs(logRatio(b.width(), b.height()) - ratio))
                                .thenComparing(Comparator.naturalOrder()))
                .orElseThrow();
    }

    private static double logRatio(int width, int height) {
        return StrictMath.log((double) width / height);
    }
}
