package dev.darkroom.diffusion.tokenizer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * Byte-pair encoding of words (Sennrich et al. 2016, arXiv:1508.07909) over the bytes of UTF-8, the
 * last one marked as the end of the word.
 *
 * <p>The best pair of a word is merged first, the leftmost among equals. Candidates wait in a queue
 * and are looked at again when their turn comes, so a word of n bytes takes n log n.
 */
final class BytePairMerges {
    static final String END_OF_WORD = "</w>";

    private final int[] inner = new int[256];
    private final int[] last = new int[256];
    private final Map<Long, Merge> merges;

    private record Merge(int rank, int token) {}

    /** A merge that was possible at a place when it was queued. */
    private record Candidate(int place, Merge merge) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            int byRank = Integer.compare(merge.rank(), other.merge.rank());
            return byRank != 0 ? byRank : Integer.compare(place, other.place);
        }
    }

    /**
     * @param unknown id that stands for a byte without a token
     */
    BytePairMerges(Map<String, Integer> vocabulary, List<String> lines, int unknown) {
        for (int value = 0; value < 256; value++) {
            String symbol = String.valueOf(symbol(value));
            inner[value] = vocabulary.getOrDefault(symbol, unknown);
            last[value] = vocabulary.getOrDefault(symbol + END_OF_WORD, unknown);
        }
        merges = new HashMap<>(2 * lines.size());
        for (int rank = 0; rank < lines.size(); rank++) {
            String line = lines.get(rank);
            int space = line.indexOf(' ');
            if (space <= 0 || space != line.lastIndexOf(' ') || space == line.length() - 1) {
                throw new IllegalArgumentException(
                        "merge " + (rank + 1) + " is \"" + line + "\", must be two tokens");
            }
            String left = line.substring(0, space);
            String right = line.substring(space + 1);
            long pair = pair(require(vocabulary, left, rank), require(vocabulary, right, rank));
            merges.putIfAbsent(pair, new Merge(rank, require(vocabulary, left + right, rank)));
        }
    }

    private static int require(Map<String, Integer> vocabulary, String token, int rank) {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw new IllegalArgumentException(
                    "merge " + (rank + 1) + ": \"" + token + "\" is not in the vocabulary");
        }
        return id;
    }

    /** The printable character that stands for a byte in vocab.json, as in GPT-2's encoder. */
    static char symbol(int value) {
        if (isPrintable(value)) {
            return (char) value;
        }
        int earlier = (int) IntStream.range(0, value).filter(v -> !isPrintable(v)).count();
        return (char) (256 + earlier);
    }

    static boolean isPrintable(int value) {
        return (value >= '!' && value <= '~')
                || (value >= 0xa1 && value <= 0xac)
                || (value >= 0xae && value <= 0xff);
    }

    static long pair(int left, int right) {
        return (long) left << 32 | (right & 0xffffffffL);
    }

    /**
     * Adds a word's token ids.
     *
     * @param word at least one byte
     */
    void encode(byte[] word, IntStream.Builder ids) {
        Symbols symbols = new Symbols(word.length);
        for (int i = 0; i < word.length; i++) {
            int value = word[i] & 0xff;
            symbols.token[i] = i == word.length - 1 ? last[value] : inner[value];
        }
        PriorityQueue<Candidate> queue = new PriorityQueue<>();
        for (int i = 0; i < word.length; i++) {
            offer(queue, symbols, i);
        }
        for (Candidate best = queue.poll(); best != null; best = queue.poll()) {
            int place = best.place();
            Merge merge = mergeAt(symbols, place);
            if (merge != null && merge.token() == best.merge().token()) {
                symbols.merge(place, merge.token());
                offer(queue, symbols, symbols.previous[place]);
                offer(queue, symbols, place);
            }
        }
        for (int i = 0; i < word.length; i = symbols.next[i]) {
            ids.add(symbols.token[i]);
        }
    }

    private void offer(PriorityQueue<Candidate> queue, Symbols symbols, int place) {
        Merge merge = mergeAt(symbols, place);
        if (merge != null) {
            queue.add(new Candidate(place, merge));
        }
    }

    private @org.jspecify.annotations.Nullable Merge mergeAt(Symbols symbols, int place) {
        if (place < 0 || symbols.gone[place] || symbols.next[place] == symbols.token.length) {
            return null;
        }
        return merges.get(pair(symbols.token[place], symbols.token[symbols.next[place]]));
    }

    /** The symbols of a word, linked so that two become one without moving the rest. */
    private static final class Symbols {
        final int[] token;
        final int[] previous;
        final int[] next;
        final boolean[] gone;

        Symbols(int length) {
            token = new int[length];
            previous = IntStream.range(-1, length - 1).toArray();
            next = IntStream.rangeClosed(1, length).toArray();
            gone = new boolean[length];
        }

        /** A place and its right neighbour become one. */
        void merge(int place, int merged) {
            int right = next[place];
            token[place] = merged;
            gone[right] = true;
            next[place] = next[right];
            if (next[right] < token.length) {
                previous[next[right]] = place;
            }
        }
    }
}
