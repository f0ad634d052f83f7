package dev.darkroom.diffusion.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * CLIP's tokenizer, as the Rust library (transformers' fast tokenizer) computes it.
 *
 * <p>Special tokens that stand in the text are taken for themselves, as there: a padding token of
 * its own is looked for in the text as it was written (so where "!" pads, every "!" is one), the
 * others in the normalized text, in upper case too.
 */
public final class ClipTokenizer {
    private final BytePairMerges merges;
    private final SpecialTokens asWritten;
    private final SpecialTokens asNormalized;
    private final int begin;
    private final int end;
    private final int pad;
    private final int maxLength;

    /**
     * @param vocabulary token to id
     * @param merges lines of merges.txt without its version line, best first
     * @param maxLength tokens per prompt, begin and end included
     * @throws IllegalArgumentException where a token is not in the vocabulary
     */
    public ClipTokenizer(
            Map<String, Integer> vocabulary,
            List<String> merges,
            String beginToken,
            String endToken,
            String padToken,
            String unknownToken,
            int maxLength) {
        if (maxLength < 2) {
            throw new IllegalArgumentException(
                    "maxLength is " + maxLength + ", must hold begin and end");
        }
        begin = require(vocabulary, "begin", beginToken);
        end = require(vocabulary, "end", endToken);
        pad = require(vocabulary, "pad", padToken);
        int unknown = require(vocabulary, "unknown", unknownToken);
        this.merges = new BytePairMerges(vocabulary, merges, unknown);
        this.maxLength = maxLength;
        asNormalized =
                new SpecialTokens(
                        Stream.of(beginToken, endToken, unknownToken)
                                .distinct()
                                .collect(
                                        Collectors.toMap(
                                                ClipText::normalized,
                                                token -> require(vocabulary, "special", token),
                                                (first, second) -> first)));
        boolean padIsOfItsOwn = !List.of(beginToken, endToken, unknownToken).contains(padToken);
        asWritten = new SpecialTokens(padIsOfItsOwn ? Map.of(padToken, pad) : Map.of());
    }

    /**
     * The merges among the lines of a merges.txt: all but the first, which names the format's
     * version, and empty ones.
     */
    public static List<String> merges(List<String> lines) {
        return lines.stream().skip(1).filter(line -> !line.isBlank()).toList();
    }

    private static int require(Map<String, Integer> vocabulary, String role, String token) {
        Integer id = vocabulary.get(token);
        if (id == null || token.isEmpty()) {
            throw new IllegalArgumentException(
                    "the " + role + " token \"" + token + "\" is not in the vocabulary");
        }
        return id;
    }

    /** Begin, text, end; neither padded nor cut. */
    public int[] encode(String text) {
        IntStream.Builder ids = IntStream.builder().add(begin);
        asWritten.split(
                wellFormed(text),
                ids,
                piece ->
                        asNormalized.split(
                                ClipText.normalized(piece),
                                ids,
                                rest -> ClipText.words(rest, word -> encodeWord(word, ids))));
        return ids.add(end).build().toArray();
    }

    /** As {@link #encode}, cut (the end kept) or padded to the maximal length. */
    public int[] encodePadded(String text) {
        int[] ids = encode(text);
        int[] padded = Arrays.copyOf(ids, maxLength);
        if (ids.length < maxLength) {
            Arrays.fill(padded, ids.length, maxLength, pad);
        } else {
            padded[maxLength - 1] = end;
        }
        return padded;
    }

    private void encodeWord(String word, IntStream.Builder ids) {
        merges.encode(word.getBytes(StandardCharsets.UTF_8), ids);
    }

    /** Half a surrogate pair is no character: it becomes the replacement character. */
    private static String wellFormed(String text) {
        int[] characters =
                text.codePoints()
                        .map(
                                c ->
                                        c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE
                                                ? 0xfffd
                                                : c)
                        .toArray();
        return new String(characters, 0, characters.length);
    }
}
