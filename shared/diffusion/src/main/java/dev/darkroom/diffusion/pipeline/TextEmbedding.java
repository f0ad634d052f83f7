package dev.darkroom.diffusion.pipeline;

/** Text embeddings, float32 [N, T, D], row-major; the array is given away and not to be changed. */
public final class TextEmbedding {
    private final int count;
    private final int tokens;
    private final int width;
    private final float[] values;

    public TextEmbedding(int count, int tokens, int width, float[] values) {
        if ((long) count * tokens * width != values.length) {
            throw new IllegalArgumentException(
                    "["
                            + count
                            + ","
                            + tokens
                            + ","
                            + width
                            + "] has "
                            + values.length
                            + " values");
        }
        this.count = count;
        this.tokens = tokens;
        this.width = width;
        this.values = values;
    }

    public int count() {
        return count;
    }

    public int tokens() {
        return tokens;
    }

    public int width() {
        return width;
    }

    public float[] values() {
        return values;
    }
}
