package dev.darkroom.trainer.importing;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The options of a tokenizer folder that would change ids and that Darkroom's tokenizer does not
 * have: each is refused by its name unless it is at its default.
 */
final class TokenizerOptions {
    private static final String ADDED_TOKENS = "added_tokens.json";
    private static final String OTHER_TOKENS =
            "no tokens beside the begin, end, padding and unknown token";

    private final Set<String> known;
    private final Map<String, Integer> ids;

    private TokenizerOptions(
            CheckpointConfiguration.Tokenizer tokenizer, Map<String, Integer> ids) {
        this.ids = ids;
        known =
                Set.copyOf(
                        List.of(
                                tokenizer.beginToken(),
                                tokenizer.endToken(),
                                tokenizer.padToken(),
                                tokenizer.unknownToken()));
    }

    /**
     * @param file tokenizer_config.json
     * @param older special_tokens_map.json where it counts
     */
    static void requireDefaults(
            Path folder,
            String place,
            ConfigurationFile file,
            Optional<ConfigurationFile> older,
            CheckpointConfiguration.Tokenizer tokenizer,
            Map<String, Integer> ids) {
        for (String side : List.of("padding_side", "truncation_side")) {
            if (file.has(side)) {
                file.choice(side, "right", Map.of("right", true));
            }
        }
        if (file.has("split_special_tokens") && file.flag("split_special_tokens", false)) {
            throw file.refuse("split_special_tokens", "false");
        }
        TokenizerOptions options = new TokenizerOptions(tokenizer, ids);
        options.requireNoOtherTokens(file);
        options.requirePlainTokens(file);
        older.ifPresent(options::requireNoOtherTokens);
        older.ifPresent(options::requirePlainTokens);
        ConfigurationFile.readIfPresent(folder, place + ADDED_TOKENS)
                .ifPresent(options::requireKnownAddedTokens);
    }

    private void requireNoOtherTokens(ConfigurationFile file) {
        for (String key : List.of("additional_special_tokens", "extra_special_tokens")) {
            for (JsonNode token : file.tree().path(key)) {
                if (!known.contains(content(token))) {
                    throw file.refuse(key, OTHER_TOKENS);
                }
            }
        }
        for (Map.Entry<String, JsonNode> entry :
                file.tree().path("added_tokens_decoder").properties()) {
            String content = content(entry.getValue());
            Integer id = ids.get(content);
            if (!known.contains(content) || id == null || !entry.getKey().equals(id.toString())) {
                throw file.refuse(
                        "added_tokens_decoder",
                        entry.getKey() + ": " + content,
                        OTHER_TOKENS + ", and these with their ids in the vocabulary");
            }
        }
    }

    private void requireKnownAddedTokens(ConfigurationFile file) {
        for (Map.Entry<String, JsonNode> entry : file.tree().properties()) {
            Integer id = ids.get(entry.getKey());
            if (!known.contains(entry.getKey())
                    || id == null
                    || !entry.getValue().isInt()
                    || entry.getValue().intValue() != id) {
                throw file.refuse(
                        entry.getKey(),
                        OTHER_TOKENS + ", and these with their ids in the vocabulary");
            }
        }
    }

    private void requirePlainTokens(ConfigurationFile file) {
        for (String key : List.of("bos_token", "eos_token", "pad_token", "unk_token")) {
            requirePlain(file, key, file.tree().path(key));
        }
        for (JsonNode token : file.tree().path("added_tokens_decoder")) {
            requirePlain(file, "added_tokens_decoder", token);
        }
    }

    private void requirePlain(ConfigurationFile file, String key, JsonNode token) {
        // "normalized" is passed over: it only decides whether a prompt may spell these tokens in
        // capitals, and published tokenizers have it either way.
        for (String flag : List.of("lstrip", "rstrip", "single_word")) {
            if (token.hasNonNull(flag)) {
                requireFlag(file, key, token, flag, false);
            }
        }
    }

    private static void requireFlag(
            ConfigurationFile file, String key, JsonNode token, String flag, boolean supported) {
        if (!token.get(flag).isBoolean() || token.get(flag).booleanValue() != supported) {
            throw file.refuse(
                    key, token.toString(), "\"" + flag + "\": " + supported + " or left out");
        }
    }

    private static String content(JsonNode token) {
        return token.isTextual() ? token.textValue() : token.path("content").asText();
    }
}
