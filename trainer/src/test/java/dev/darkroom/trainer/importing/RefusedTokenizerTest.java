package dev.darkroom.trainer.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.testing.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizer folders whose ids would not be those of transformers. */
class RefusedTokenizerTest {
    private static final String CONFIG = "tokenizer/tokenizer_config.json";
    private static final String MAP = "tokenizer/special_tokens_map.json";
    private static final String MERGES = "tokenizer/merges.txt";

    @TempDir Path folder;

    @BeforeEach
    void copyTheBundledTokenizer() throws IOException {
        Path bundled = Checkout.bundledModel().resolve("tokenizer");
        try (Stream<Path> tree = Files.walk(bundled)) {
            for (Path path : tree.toList()) {
                Files.copy(path, folder.resolve("tokenizer").resolve(bundled.relativize(path)));
            }
        }
    }

    private TokenizerFolder read() {
        return TokenizerFolder.read(folder, 623, 24);
    }

    private void assertRefused(String... named) {
        DarkroomException refusal = catchThrowableOfType(DarkroomException.class, this::read);
        assertThat(refusal).isNotNull();
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT);
        assertThat(refusal.reason()).contains(named);
    }

    private void set(String file, String key, String json) throws IOException {
        Path path = folder.resolve(file);
        ObjectNode tree = (ObjectNode) Json.tree(Files.readAllBytes(path));
        tree.set(key, Json.tree(("[" + json + "]").getBytes(StandardCharsets.UTF_8)).get(0));
        Files.write(path, Json.write(tree));
    }

    private void makeTheConfigurationOlder() throws IOException {
        set(CONFIG, "added_tokens_decoder", "null");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "padding_side|\"left\"",
                "truncation_side|\"left\"",
                "split_special_tokens|true",
                "additional_special_tokens|[\"<my-style>\"]",
                "additional_special_tokens|[{\"content\":\"<my-style>\"}]",
                "extra_special_tokens|{\"image_token\":\"<image>\"}",
                "eos_token|{\"content\":\"<|endoftext|>\",\"rstrip\":true}",
            })
    void refusesAnOptionThatChangesIds(String line) throws IOException {
        int bar = line.indexOf('|');
        set(CONFIG, line.substring(0, bar), line.substring(bar + 1));

        assertRefused(CONFIG, line.substring(0, bar));
    }

    @Test
    void readsAddedTokensThatAreLookedForAsWritten() throws IOException {
        set(
                CONFIG,
                "added_tokens_decoder",
                "{\"622\":{\"content\":\"<|endoftext|>\",\"normalized\":false}}");

        assertThat(read().configuration().endToken()).isEqualTo("<|endoftext|>");
    }

    @Test
    void refusesOtherTokensInTheOlderMap() throws IOException {
        makeTheConfigurationOlder();
        set(MAP, "additional_special_tokens", "[\"<my-style>\"]");

        assertRefused(MAP, "additional_special_tokens", "<my-style>");
    }

    @Test
    void refusesTokensInAFileOfTheirOwn() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer/added_tokens.json"),
                "{\"<|endoftext|>\": 622, \"<my-style>\": 623}");

        assertRefused("tokenizer/added_tokens.json", "<my-style>");
    }

    @Test
    void readsAFolderOfStableDiffusion15sTime() throws IOException {
        String token =
                "{\"__type\":\"AddedToken\",\"content\":\"%s\",\"lstrip\":false,"
                        + "\"normalized\":true,\"rstrip\":false,\"single_word\":false}";
        Files.writeString(
                folder.resolve(CONFIG),
                "{\"add_prefix_space\":false,\"bos_token\":"
                        + token.formatted("<|startoftext|>")
                        + ",\"do_lower_case\":true,\"eos_token\":"
                        + token.formatted("<|endoftext|>")
                        + ",\"errors\":\"replace\",\"model_max_length\":77,"
                        + "\"name_or_path\":\"openai/clip-vit-large-patch14\","
                        + "\"pad_token\":\"<|endoftext|>\","
                        + "\"special_tokens_map_file\":\"./special_tokens_map.json\","
                        + "\"tokenizer_class\":\"CLIPTokenizer\",\"unk_token\":"
                        + token.formatted("<|endoftext|>")
                        + "}");
        set(MAP, "pad_token", "\"<|endoftext|>\"");
        set(MAP, "additional_special_tokens", "[]");
        Files.writeString(
                folder.resolve("tokenizer/added_tokens.json"),
                "{\"<|startoftext|>\": 621, \"<|endoftext|>\": 622}");

        assertThat(read().configuration().endToken()).isEqualTo("<|endoftext|>");
    }

    @Test
    void readsAPaddingTokenOfItsOwnThatIsLookedForAsWritten() throws IOException {
        makeTheConfigurationOlder();
        set(MAP, "pad_token", "{\"content\":\"!\",\"normalized\":false}");

        assertThat(read().configuration().padToken()).isEqualTo("!");
    }

    @Test
    void refusesMergesThatAreNotUtf8() throws IOException {
        Files.write(folder.resolve(MERGES), new byte[] {'#', '\n', (byte) 0xff, ' ', 'a', '\n'});

        assertRefused(MERGES, "UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"i", "i n g", " in", "in ", "i  n", "i zzz", "in in"})
    void refusesALineOfMergesThatMakesNoTokenAndSaysWhichLine(String line) throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(folder.resolve(MERGES)));
        lines.set(4, line);
        Files.write(folder.resolve(MERGES), lines);

        assertRefused(MERGES, "line 5");
    }
}
