package dev.darkroom.trainer.data;

/**
 * How much is computed together: so many of a small size, and of a larger one as many as need about
 * the memory of those.
 *
 * @param most at the size and below
 * @param area of that size, height x width
 */
public record BatchLimit(int most, long area) {
    /** At a size; at least one. */
    public int at(int height, int width) {
        return (int) Math.max(1, Math.min(most, most * area / ((long) height * width)));
    }
}
