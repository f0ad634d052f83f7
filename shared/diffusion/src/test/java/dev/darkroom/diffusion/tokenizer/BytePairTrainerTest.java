package dev.darkroom.diffusion.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BytePairTrainerTest {
    /** The example of Sennrich et al. 2016, figure 1. */
    private static BytePairTrainer paper() {
        BytePairTrainer trainer = new BytePairTrainer();
        trainer.add("low", 5);
        trainer.add("lower", 2);
        trainer.add("newest", 6);
        trainer.add("widest", 3);
        return trainer;
    }

    @Test
    void mergesTheMostFrequentPairFirst() {
        // 9 times "es" and "s t</w>", of which "e" has the smaller id; 7 times "lo"; then "ew" and
        // "ne" 6 times each.
        assertThat(paper().train(514 + 6).merges())
                .startsWith("e s", "es t</w>", "l o", "e w")
                .hasSize(6);
    }

    @Test
    void stopsWhereNoPairRepeats() {
        BytePairVocabulary all = paper().train(10_000);
        assertThat(all.ids()).hasSizeLessThan(560);
        ClipTokenizer tokenizer = all.tokenizer(16);
        for (String word : List.of("low", "lower", "newest", "widest")) {
            assertThat(tokenizer.encode(word)).as("begin, %s, end", word).hasSize(3);
        }
        BytePairTrainer once = new BytePairTrainer();
        once.add("each pair but one", 1);
        assertThat(once.train(600).merges()).isEmpty();
    }

    @Test
    void laysOutTheVocabularyAsClipDoes() {
        Map<String, Integer> ids = paper().train(520).ids();
        assertThat(ids).hasSize(520);
        assertThat(new ArrayList<>(ids.values()))
                .isEqualTo(IntStream.range(0, 520).boxed().toList());
        assertThat(ids)
                .containsEntry("!", 0)
                .containsEntry("\u0143", 255)
                .containsEntry("!</w>", 256)
                .containsEntry("es", 512)
                .containsEntry("<|startoftext|>", 518)
                .containsEntry("<|endoftext|>", 519);
    }

    @Test
    void refusesASizeThatDoesNotHoldTheBytes() {
        assertThatThrownBy(() -> paper().train(513))
                .hasMessageContaining("513")
                .hasMessageContaining("514");
    }

    @Test
    void doesNotDependOnTheOrderOfTheCaptions() {
        Random random = new Random(3);
        List<String> captions = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            captions.add(text(random, 30));
        }
        BytePairTrainer first = new BytePairTrainer();
        captions.forEach(caption -> first.add(caption, 1));
        Collections.shuffle(captions, random);
        BytePairTrainer second = new BytePairTrainer();
        captions.forEach(caption -> second.add(caption, 1));
        BytePairVocabulary expected = first.train(1000);
        assertThat(expected.merges()).hasSizeGreaterThan(400);
        assertThat(second.train(1000)).isEqualTo(expected);
        assertThat(List.copyOf(second.train(1000).ids().keySet()))
                .isEqualTo(List.copyOf(expected.ids().keySet()));
    }

    /** The obvious way, counting every pair anew for each merge. */
    @Test
    void mergesWhatCountingAnewWouldMerge() {
        Random random = new Random(5);
        for (int round = 0; round < 20; round++) {
            BytePairTrainer trainer = new BytePairTrainer();
            List<List<String>> words = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                StringBuilder word = new StringBuilder();
                for (int length = 1 + random.nextInt(8); length > 0; length--) {
                    word.append((char) ('a' + random.nextInt(3)));
                }
                trainer.add(word.toString(), 1);
                List<String> symbols =
                        new ArrayList<>(word.chars().mapToObj(c -> "" + (char) c).toList());
                symbols.add(symbols.remove(symbols.size() - 1) + "</w>");
                words.add(symbols);
            }
            BytePairVocabulary vocabulary = trainer.train(514 + 40);
            for (String merge : vocabulary.merges()) {
                assertThat(merge).isEqualTo(best(words, vocabulary.ids()));
                String[] pair = merge.split(" ");
                words.forEach(word -> merge(word, pair));
            }
        }
    }

    private static String best(List<List<String>> words, Map<String, Integer> ids) {
        Map<String, Integer> counts = new HashMap<>();
        for (List<String> word : words) {
            for (int i = 0; i + 1 < word.size(); i++) {
                counts.merge(word.get(i) + " " + word.get(i + 1), 1, Integer::sum);
            }
        }
        return counts.entrySet().stream()
                .max(
                        Map.Entry.<String, Integer>comparingByValue()
                                .thenComparing(
                                        entry -> {
                                            String[] pair = entry.getKey().split(" ");
                                            return -(ids.get(pair[0]) * 100_000L
                                                    + ids.get(pair[1]));
                                        }))
                .orElseThrow()
                .getKey();
    }

    private static void merge(List<String> word, String[] pair) {
        for (int i = 0; i + 1 < word.size(); i++) {
            if (word.get(i).equals(pair[0]) && word.get(i + 1).equals(pair[1])) {
                word.set(i, pair[0] + pair[1]);
                word.remove(i + 1);
            }
        }
    }

    @Test
    void everyTextIsEncodedWithoutLossAndTheUnknownTokenNeverUsed() {
        Random random = new Random(7);
        BytePairTrainer trainer = new BytePairTrainer();
        for (int i = 0; i < 200; i++) {
            trainer.add(text(random, 20), 1);
        }
        BytePairVocabulary vocabulary = trainer.train(900);
        ClipTokenizer tokenizer = vocabulary.tokenizer(24);
        for (int i = 0; i < 500; i++) {
            String text = text(random, 40);
            int[] ids = tokenizer.encode(text);
            List<String> words = new ArrayList<>();
            ClipText.words(ClipText.normalized(text), words::add);
            assertThat(decoded(vocabulary, Arrays.copyOfRange(ids, 1, ids.length - 1)))
                    .as(text)
                    .isEqualTo(words);
            assertThat(tokenizer.encodePadded(text)).hasSize(24);
        }
    }

    /** Words of letters, digits, punctuation, and characters of two to four bytes. */
    private static String text(Random random, int length) {
        String alphabet = "aeinorst  's-,.07\u00e9\u00df\u0416\u4e2d\ud83d\ude00";
        int[] characters = alphabet.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(
                    random.nextInt(50) == 0
                            ? 1 + random.nextInt(0xd7ff)
                            : characters[random.nextInt(characters.length)]);
        }
        return text.toString();
    }

    private static List<String> decoded(BytePairVocabulary vocabulary, int[] ids) {
        List<String> tokens = List.copyOf(vocabulary.ids().keySet());
        Map<Character, Integer> bytes = new HashMap<>();
        for (int value = 0; value < 256; value++) {
            bytes.put(BytePairMerges.symbol(value), value);
        }
        List<String> words = new ArrayList<>();
        ByteArrayOutputStream word = new ByteArrayOutputStream();
        for (int id : ids) {
            assertThat(id).as("no special token").isLessThan(tokens.size() - 2);
            String token = tokens.get(id);
            boolean ends = token.endsWith("</w>");
            String symbols = ends ? token.substring(0, token.length() - 4) : token;
            symbols.chars().forEach(symbol -> word.write(bytes.get((char) symbol)));
            if (ends) {
                words.add(word.toString(StandardCharsets.UTF_8));
                word.reset();
            }
        }
        assertThat(word.size()).as("bytes after the last word").isZero();
        return words;
    }
}
