package dev.darkroom.diffusion.metric;

import java.util.List;

/** Scores of pictures by their feature vectors, which others computed. */
public final class Embeddings {
    private Embeddings() {}

    /**
     * CLIP score (Hessel et al. 2021, arXiv:2104.08718, with the weight 100 that is usual since):
     * max(100 cos, 0).
     *
     * @param picture [D], of any length but 0
     * @param text [D], in the same space
     * @return 0..100
     */
    public static double clipScore(float[] picture, float[] text) {
        requireSameLength(picture, text);
        double product = 0;
        double pictureSquare = 0;
        double textSquare = 0;
        for (int i = 0; i < picture.length; i++) {
            product += (double) picture[i] * text[i];
            pictureSquare += (double) picture[i] * picture[i];
            textSquare += (double) text[i] * text[i];
        }
        if (pictureSquare == 0 || textSquare == 0) {
            throw new IllegalArgumentException("an embedding of length 0 has no direction");
        }
        double cosine = product / Math.sqrt(pictureSquare * textSquare);
        return Math.max(0, Math.min(100, 100 * cosine));
    }

    /**
     * Diversity within a prompt: the Euclidean distance between the features of two pictures of one
     * prompt, mean over all pairs of a prompt, then over the prompts.
     *
     * @param prompts for each prompt the features [D] of its pictures, two or more
     */
    public static double diversity(List<List<float[]>> prompts) {
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException("no prompts");
        }
        double sum = 0;
        for (List<float[]> pictures : prompts) {
            sum += meanDistance(pictures);
        }
        return sum / prompts.size();
    }

    private static double meanDistance(List<float[]> pictures) {
        int count = pictures.size();
        if (count < 2) {
            throw new IllegalArgumentException("one picture of a prompt has no distance");
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < i; j++) {
                sum += distance(pictures.get(i), pictures.get(j));
            }
        }
        return sum / (count * (count - 1) / 2.0);
    }

    private static double distance(float[] a, float[] b) {
        requireSameLength(a, b);
        double square = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            square += difference * difference;
        }
        return Math.sqrt(square);
    }

    private static void requireSameLength(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(a.length + " features against " + b.length);
        }
    }
}
