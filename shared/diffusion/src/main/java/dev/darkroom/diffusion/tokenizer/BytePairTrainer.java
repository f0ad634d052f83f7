package dev.darkroom.diffusion.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Learns a byte-level vocabulary from captions: the pair of neighbours that is seen most becomes
 * one token, again and again (Sennrich et al. 2016, arXiv:1508.07909), over the words of {@link
 * ClipTokenizer}.
 *
 * <p>Among pairs seen equally often the one with the smaller ids is merged, so the same captions
 * give the same vocabulary in whatever order they come.
 */
public final class BytePairTrainer {
    private static final int BYTES = 256;

    /** Both forms of every byte, begin and end: the smallest vocabulary. */
    public static final int LEAST_SIZE = 2 * BYTES + 2;

    /** A pair seen once says nothing of the next caption. */
    private static final long LEAST_COUNT = 2;

    private final Map<String, Long> words = new HashMap<>();

    /** Counts a caption's words. */
    public void add(String caption, long count) {
        if (count < 1) {
            throw new IllegalArgumentException("count is " + count + ", must be positive");
        }
        ClipText.words(
                ClipText.normalized(caption), word -> words.merge(word, count, Math::addExact));
    }

    /**
     * @param size tokens of the vocabulary; it stays smaller where no pair is left that repeats
     * @throws IllegalArgumentException where the size is less than {@link #LEAST_SIZE}
     */
    public BytePairVocabulary train(int size) {
        if (size < LEAST_SIZE) {
            throw new IllegalArgumentException(
                    "vocabulary size is " + size + ", must be at least " + LEAST_SIZE);
        }
        Run run = new Run(words);
        run.merge(size - 2);
        return run.vocabulary();
    }

    private record Candidate(long count, int left, int right) {}

    /** The words as they are after the merges so far. */
    private static final class Run {
        private final Map<String, Integer> ids = new LinkedHashMap<>();
        private final List<String> tokens = new ArrayList<>();
        private final List<String> merges = new ArrayList<>();
        private final List<int[]> spelled = new ArrayList<>();
        private final List<Long> counts = new ArrayList<>();
        private final Map<Long, Long> pairCounts = new HashMap<>();
        private final Map<Long, Set<Integer>> wordsWithPair = new HashMap<>();

        /** A candidate whose count has changed since is out of date, and looked up again. */
        private final PriorityQueue<Candidate> queue =
                new PriorityQueue<>(
                        Comparator.comparingLong(Candidate::count)
                                .reversed()
                                .thenComparingInt(Candidate::left)
                                .thenComparingInt(Candidate::right));

        Run(Map<String, Long> words) {
            // Printable bytes first, as in CLIP's own vocabulary.
            int[] order =
                    IntStream.concat(
                                    IntStream.range(0, BYTES).filter(BytePairMerges::isPrintable),
                                    IntStream.range(0, BYTES)
                                            .filter(v -> !BytePairMerges.isPrintable(v)))
                            .toArray();
            int[] inner = new int[BYTES];
            for (int value : order) {
                inner[value] = token(String.valueOf(BytePairMerges.symbol(value)));
            }
            for (int value : order) {
                token(BytePairMerges.symbol(value) + BytePairMerges.END_OF_WORD);
            }
            words.forEach(
                    (word, count) -> {
                        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
                        int[] symbols = new int[bytes.length];
                        for (int i = 0; i < bytes.length; i++) {
                            symbols[i] = inner[bytes[i] & 0xff];
                        }
                        symbols[bytes.length - 1] += BYTES;
                        spelled.add(symbols);
                        counts.add(count);
                        count(spelled.size() - 1, count);
                    });
            pairCounts.forEach(this::offer);
        }

        private int token(String text) {
            Integer known = ids.putIfAbsent(text, tokens.size());
            if (known != null) {
                return known;
            }
            tokens.add(text);
            return tokens.size() - 1;
        }

        void merge(int size) {
            while (tokens.size() < size && !queue.isEmpty()) {
                Candidate best = queue.remove();
                long pair = BytePairMerges.pair(best.left(), best.right());
                long count = pairCounts.getOrDefault(pair, 0L);
                if (count == best.count()) {
                    merge(best.left(), best.right(), pair);
                }
            }
        }

        private void merge(int left, int right, long pair) {
            int merged = token(tokens.get(left) + tokens.get(right));
            merges.add(tokens.get(left) + " " + tokens.get(right));
            Set<Long> changed = new HashSet<>();
            for (int word : List.copyOf(wordsWithPair.getOrDefault(pair, Set.of()))) {
                changed.addAll(count(word, -counts.get(word)));
                spelled.set(word, merged(spelled.get(word), left, right, merged));
                changed.addAll(count(word, counts.get(word)));
            }
            changed.forEach(each -> offer(each, pairCounts.getOrDefault(each, 0L)));
        }

        /** Adds to the counts of a word's pairs, or takes away; gives the pairs. */
        private Set<Long> count(int word, long count) {
            int[] symbols = spelled.get(word);
            Set<Long> pairs = new HashSet<>();
            for (int i = 0; i + 1 < symbols.length; i++) {
                long pair = BytePairMerges.pair(symbols[i], symbols[i + 1]);
                pairs.add(pair);
                pairCounts.merge(pair, count, Math::addExact);
                Set<Integer> places = wordsWithPair.computeIfAbsent(pair, p -> new HashSet<>());
                if (count > 0) {
                    places.add(word);
                } else {
                    places.remove(word);
                }
            }
            return pairs;
        }

        private void offer(long pair, long count) {
            if (count >= LEAST_COUNT) {
                queue.add(new Candidate(count, (int) (pair >> 32), (int) pair));
            }
        }

        private static int[] merged(int[] symbols, int left, int right, int merged) {
            int[] result = new int[symbols.length];
            int length = 0;
            for (int i = 0; i < symbols.length; i++) {
                boolean both =
                        symbols[i] == left && i + 1 < symbols.length && symbols[i + 1] == right;
                result[length++] = both ? merged : symbols[i];
                if (both) {
                    i++;
                }
            }
            return Arrays.copyOf(result, length);
        }

        BytePairVocabulary vocabulary() {
            token(BytePairVocabulary.BEGIN);
            token(BytePairVocabulary.END);
            return new BytePairVocabulary(ids, merges);
        }
    }
}
