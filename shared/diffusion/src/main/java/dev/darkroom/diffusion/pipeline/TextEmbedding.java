package dev.darkroom.diffusion.pipeline;

import java.util.Arrays;
import java.util.List;

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

    /** Rows {@code from} (inclusive) to {@code to} (exclusive) of the batch, copied. */
    public TextEmbedding rows(int from, int to) {
        int row = tokens * width;
        return new TextEmbedding(
                to - from, tokens, width, Arrays.copyOfRange(values, from * row, to * row));
    }

    /**
     * The rows of all, one after the other.
     *
     * @throws IllegalArgumentException where rows differ in shape
     */
    public static TextEmbedding stacked(List<TextEmbedding> parts) {
        TextEmbedding first = parts.get(0);
        if (parts.size() == 1) {
            return first;
        }
        int count = 0;
        for (TextEmbedding part : parts) {
            if (part.tokens != first.tokens || part.width != first.width) {
                throw new IllegalArgumentException("embeddings of different shapes");
            }
            count += part.count;
        }
        float[] values = new float[count * first.tokens * first.width];
        int at = 0;
        for (TextEmbedding part : parts) {
            System.arraycopy(part.values, 0, values, at, part.values.length);
            at += part.values.length;
        }
        return new TextEmbedding(count, first.tokens, first.width, values);
    }
}
