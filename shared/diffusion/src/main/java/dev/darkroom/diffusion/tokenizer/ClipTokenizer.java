package dev.darkroom.diffusion.tokenizer;

import java.util.List;
import java.util.Map;

/** CLIP's tokenizer, as the Rust library (transformers' fast tokenizer) computes it. */
public final class ClipTokenizer {
    /**
     * @param vocabulary token to id
     * @param merges lines of merges.txt without its version line, best first
     * @param maxLength tokens per prompt, begin and end included
     */
    public ClipTokenizer(
            Map<String, Integer> vocabulary,
            List<String> merges,
            String beginToken,
            String endToken,
            String padToken,
            String unknownToken,
            int maxLength) {
        throw new UnsupportedOperationException();
    }

    /** Begin, text, end; neither padded nor cut. */
    public int[] encode(String text) {
        throw new UnsupportedOperationException();
    }

    /** As {@link #encode}, cut (the end kept) or padded to the maximal length. */
    public int[] encodePadded(String text) {
        throw new UnsupportedOperationException();
    }
}
