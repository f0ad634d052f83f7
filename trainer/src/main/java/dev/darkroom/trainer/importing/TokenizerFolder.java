package dev.darkroom.trainer.importing;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.error.Excerpt;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.tokenizer.ClipTokenizer;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The {@code tokenizer} folder of a checkpoint, checked: a CLIP tokenizer can be built from it, and
 * every id that it can give is a row of the text encoder's table.
 */
public final class TokenizerFolder {
    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";
    private static final String USUAL = "tokenizer/";
    private static final int MAX_BYTES = 32 << 20;

    private final byte[] vocabulary;
    private final byte[] merges;
    private final CheckpointConfiguration.Tokenizer configuration;
    private final Map<String, Integer> ids;
    private final ClipTokenizer tokenizer;

    private TokenizerFolder(
            byte[] vocabulary,
            byte[] merges,
            CheckpointConfiguration.Tokenizer configuration,
            Map<String, Integer> ids,
            ClipTokenizer tokenizer) {
        this.vocabulary = vocabulary;
        this.merges = merges;
        this.configuration = configuration;
        this.ids = Map.copyOf(ids);
        this.tokenizer = tokenizer;
    }

    /**
     * @param folder of the checkpoint; the tokenizer's lies in it
     * @param tokens rows of the text encoder's table
     * @param positions tokens that the text encoder can read at once
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming what ClipTokenizer
     *     cannot follow
     */
    public static TokenizerFolder read(Path folder, int tokens, int positions) {
        return read(folder, USUAL, tokens, positions);
    }

    /**
     * As {@link #read(Path, int, int)}, of files that lie elsewhere.
     *
     * @param place of the tokenizer's files in the folder; ends with '/'
     */
    public static TokenizerFolder read(Path folder, String place, int tokens, int positions) {
        byte[] vocabulary = ConfigurationFile.readBounded(folder, place + VOCABULARY, MAX_BYTES);
        byte[] merges = ConfigurationFile.readBounded(folder, place + MERGES, MAX_BYTES);
        ConfigurationFile file = ConfigurationFile.read(folder, place + "tokenizer_config.json");
        file.choice(
                "tokenizer_class",
                "CLIPTokenizer",
                Map.of("CLIPTokenizer", true, "CLIPTokenizerFast", true));
        // transformers reads special_tokens_map.json only where the configuration is of the time
        // before it listed the added tokens itself; there it overrides the configuration.
        Optional<ConfigurationFile> older =
                file.has("added_tokens_decoder")
                        ? Optional.empty()
                        : ConfigurationFile.readIfPresent(
                                folder, place + "special_tokens_map.json");
        CheckpointConfiguration.Tokenizer configuration =
                new CheckpointConfiguration.Tokenizer(
                        maxLength(file, positions),
                        token(file, older, "bos_token", "<|startoftext|>"),
                        token(file, older, "eos_token", "<|endoftext|>"),
                        token(file, older, "pad_token", "<|endoftext|>"),
                        token(file, older, "unk_token", "<|endoftext|>"));
        Map<String, Integer> ids = ids(place + VOCABULARY, vocabulary, tokens);
        TokenizerFolder result =
                new TokenizerFolder(
                        vocabulary,
                        merges,
                        configuration,
                        ids,
                        working(ids, lines(place + MERGES, merges, ids), configuration));
        TokenizerOptions.requireDefaults(folder, place, file, older, configuration, ids);
        return result;
    }

    private static int maxLength(ConfigurationFile file, int positions) {
        // Configurations without a limit have 10^30 or nothing.
        double length = file.number("model_max_length", positions, 3, Double.MAX_VALUE);
        return (int) Math.min(length, positions);
    }

    private static String token(
            ConfigurationFile file,
            Optional<ConfigurationFile> older,
            String key,
            String fallback) {
        ConfigurationFile source = older.filter(map -> map.has(key)).orElse(file);
        if (!source.has(key)) {
            return fallback;
        }
        JsonNode value = source.tree().get(key);
        JsonNode content = value.isObject() ? value.path("content") : value;
        if (!content.isTextual() || content.textValue().isEmpty()) {
            throw source.refuse(key, "a token, or an object with its content");
        }
        return content.textValue();
    }

    private static Map<String, Integer> ids(String file, byte[] vocabulary, int tokens) {
        JsonNode tree;
        try {
            tree = Json.tree(vocabulary);
        } catch (DarkroomException e) {
            throw refusal(file + " is " + clip(e.reason()), e);
        }
        Map<String, Integer> ids = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : tree.properties()) {
            JsonNode id = entry.getValue();
            if (!id.isInt() || id.intValue() < 0 || id.intValue() >= tokens) {
                throw refusal(
                        file
                                + ": the token "
                                + clip(entry.getKey())
                                + " has the id "
                                + id
                                + "; the text encoder's table has "
                                + tokens
                                + " rows",
                        null);
            }
            ids.put(entry.getKey(), id.intValue());
        }
        return ids;
    }

    /**
     * The merges, checked line by line.
     *
     * @throws DarkroomException naming the line that is not a pair of tokens which make a third
     */
    private static List<String> lines(String file, byte[] merges, Map<String, Integer> ids) {
        List<String> lines;
        try {
            lines =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(merges))
                            .toString()
                            .lines()
                            .toList();
        } catch (CharacterCodingException e) {
            throw refusal(file + " is not UTF-8", e);
        }
        for (int i = 1; i < lines.size(); i++) {
            String line = lines.get(i);
            String[] pair = line.split(" ", -1);
            if (line.isBlank()) {
                continue;
            }
            String place = file + ", line " + (i + 1) + ": " + clip(line);
            if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
                throw refusal(place + " is not a pair of tokens", null);
            }
            for (String token : List.of(pair[0], pair[1], pair[0] + pair[1])) {
                if (!ids.containsKey(token)) {
                    throw refusal(place + ": the vocabulary has no " + clip(token), null);
                }
            }
        }
        return lines;
    }

    private static ClipTokenizer working(
            Map<String, Integer> ids,
            List<String> merges,
            CheckpointConfiguration.Tokenizer tokenizer) {
        try {
            return new ClipTokenizer(
                    ids,
                    ClipTokenizer.merges(merges),
                    tokenizer.beginToken(),
                    tokenizer.endToken(),
                    tokenizer.padToken(),
                    tokenizer.unknownToken(),
                    tokenizer.maxLength());
        } catch (IllegalArgumentException e) {
            throw refusal("tokenizer: " + clip(String.valueOf(e.getMessage())), e);
        }
    }

    byte[] vocabulary() {
        return vocabulary;
    }

    byte[] merges() {
        return merges;
    }

    public CheckpointConfiguration.Tokenizer configuration() {
        return configuration;
    }

    public ClipTokenizer tokenizer() {
        return tokenizer;
    }

    /** Number of tokens: the least number of rows that a text encoder's table needs. */
    public int size() {
        return ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    }

    /**
     * @param token in the vocabulary
     */
    public int id(String token) {
        Integer id = ids.get(token);
        if (id == null) {
            throw new IllegalArgumentException(clip(token) + " is not in the vocabulary");
        }
        return id;
    }

    private static String clip(String text) {
        return Excerpt.of(text, 120);
    }

    private static DarkroomException refusal(String message, @Nullable Throwable cause) {
        return new DarkroomException(ErrorCode.INVALID_CHECKPOINT, message, cause);
    }
}
