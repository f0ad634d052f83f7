package dev.darkroom.diffusion.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ClipTokenizerTest {
    private static final String END = "<|endoftext|>";
    private static final int BEGIN_ID = 621;
    private static final int END_ID = 622;

    /** CLIP's, which {@link TokenizerFiles} opens every vocabulary with. */
    private static final int LENGTH = 77;

    private final ClipTokenizer bundled =
            TokenizerFiles.open(Checkout.bundledModel().resolve("tokenizer"), END);

    @Test
    void givesTheIdsOfTheRustTokenizerForTheBundledVocabulary() throws IOException {
        JsonNode prompts = prompts("bundled-tokenizer.json");
        assertThat(prompts).hasSizeGreaterThan(400);
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode row : prompts) {
            softly.assertThat(bundled.encode(row.get("prompt").asText()))
                    .as(row.get("prompt").asText())
                    .isEqualTo(ids(row.get("ids")));
        }
        softly.assertAll();
    }

    @Test
    void givesTheIdsOfTheRustTokenizerForClipsVocabulary() throws IOException {
        Optional<Path> folder = Checkout.reference("goldens/checkpoints/tiny-sd15/tokenizer");
        Assumptions.assumeTrue(folder.isPresent(), "CLIP's vocabulary may not be committed");
        ClipTokenizer clip = TokenizerFiles.open(folder.get(), END);
        JsonNode prompts = prompts("tokenizer.json");
        assertThat(prompts).hasSizeGreaterThan(80);
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode row : prompts) {
            String prompt = row.get("prompt").asText();
            int[] expected = ids(row.get("hf_fast"));
            softly.assertThat(clip.encode(prompt)).as(prompt).isEqualTo(expected);
            softly.assertThat(clip.encodePadded(prompt)).as(prompt).isEqualTo(padded(expected));
        }
        softly.assertAll();
    }

    /** As transformers pads and truncates to 77: at most 75 tokens of text, and the end. */
    private static int[] padded(int[] ids) {
        int end = ids[ids.length - 1];
        int[] padded = Arrays.copyOf(ids, 77);
        Arrays.fill(padded, Math.min(ids.length - 1, 76), 77, end);
        return padded;
    }

    @Test
    void cutsALongPromptAndKeepsTheEnd() {
        int[] whole = bundled.encode("red ".repeat(300));
        int[] cut = bundled.encodePadded("red ".repeat(300));
        assertThat(whole.length).isGreaterThan(LENGTH);
        assertThat(cut)
                .hasSize(LENGTH)
                .startsWith(Arrays.copyOf(whole, LENGTH - 1))
                .endsWith(END_ID);
    }

    @Test
    void padsAShortPrompt() {
        assertThat(bundled.encodePadded(""))
                .hasSize(LENGTH)
                .startsWith(BEGIN_ID, END_ID)
                .containsOnly(BEGIN_ID, END_ID);
        assertThat(bundled.encodePadded("red shoe")).hasSize(LENGTH);
    }

    /** Stable Diffusion 2 pads with "!"; a "!" in a prompt is then that token. */
    @Test
    void findsAPaddingTokenOfItsOwnInTheText() {
        ClipTokenizer pads = TokenizerFiles.open(Checkout.bundledModel().resolve("tokenizer"), "!");
        assertThat(pads.encode("red!!")).endsWith(0, 0, END_ID);
        assertThat(bundled.encode("red!")).doesNotContain(0);
        assertThat(pads.encodePadded("red")).endsWith(0, 0, 0);
    }

    @Test
    void takesHalfASurrogatePairForTheReplacementCharacter() {
        assertThat(bundled.encode("a \ud83d b \udc00"))
                .isEqualTo(bundled.encode("a \ufffd b \ufffd"));
    }

    @Test
    void encodesAHundredThousandLettersInOneWordWithoutHesitating() {
        Assertions.assertTimeout(
                Duration.ofSeconds(5),
                () -> {
                    for (String letters :
                            List.of("a", "an", "thin", "!", "\u0301", "<|endoftext|>")) {
                        String prompt = letters.repeat(100_000 / letters.length());
                        assertThat(bundled.encodePadded(prompt)).hasSize(LENGTH);
                    }
                });
    }

    @Test
    void givesTheUnknownTokenForBytesThatTheVocabularyLacks() {
        ClipTokenizer small =
                new ClipTokenizer(
                        Map.of("<b>", 0, "<e>", 1, "<u>", 2, "a", 3, "b</w>", 4, "ab</w>", 5),
                        List.of("a b</w>"),
                        "<b>",
                        "<e>",
                        "<e>",
                        "<u>",
                        8);
        assertThat(small.encode("ab")).containsExactly(0, 5, 1);
        assertThat(small.encode("axb a")).containsExactly(0, 3, 2, 4, 2, 1);
        assertThat(small.encode("x<u>ab")).containsExactly(0, 2, 2, 5, 1);
        assertThat(small.encodePadded("ab ab ab ab ab ab ab ab"))
                .containsExactly(0, 5, 5, 5, 5, 5, 5, 1);
    }

    @Test
    void refusesMergesAndSpecialTokensThatTheVocabularyLacks() {
        Map<String, Integer> vocabulary = Map.of("<b>", 0, "<e>", 1, "a", 2);
        assertThatThrownBy(() -> tokenizer(vocabulary, List.of("a b"), "<e>"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("merge 1: \"b\" is not in the vocabulary");
        assertThatThrownBy(() -> tokenizer(vocabulary, List.of("ab"), "<e>"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("merge 1 is \"ab\", must be two tokens");
        assertThatThrownBy(() -> tokenizer(vocabulary, List.of(), "<pad>"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the pad token \"<pad>\" is not in the vocabulary");
    }

    private static ClipTokenizer tokenizer(
            Map<String, Integer> vocabulary, List<String> merges, String pad) {
        return new ClipTokenizer(vocabulary, merges, "<b>", "<e>", pad, "<e>", 77);
    }

    private static JsonNode prompts(String file) throws IOException {
        return Json.tree(Files.readAllBytes(Goldens.folder().resolve(file))).get("prompts");
    }

    private static int[] ids(JsonNode ids) {
        return StreamSupport.stream(ids.spliterator(), false)
                .flatMapToInt(id -> IntStream.of(id.asInt()))
                .toArray();
    }
}
