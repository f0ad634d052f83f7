package dev.darkroom.diffusion.tokenizer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A learned vocabulary in CLIP's form.
 *
 * @param ids token to id, in the order of the ids: the symbols of the 256 bytes, the same at the
 *     end of a word, what the merges make, {@link #BEGIN} and {@link #END}
 * @param merges two tokens with a space between, best first
 */
public record BytePairVocabulary(Map<String, Integer> ids, List<String> merges) {
    public static final String BEGIN = "<|startoftext|>";

    /** Ends a text, fills it up, and stands for what is unknown. */
    public static final String END = "<|endoftext|>";

    public BytePairVocabulary {
        ids = Collections.unmodifiableMap(new LinkedHashMap<>(ids));
        merges = List.copyOf(merges);
    }

    /**
     * @param maxLength tokens per prompt, begin and end included
     */
    public ClipTokenizer tokenizer(int maxLength) {
        return new ClipTokenizer(ids, merges, BEGIN, END, END, END, maxLength);
    }
}
