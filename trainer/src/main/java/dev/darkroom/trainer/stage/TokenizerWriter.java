package dev.darkroom.trainer.stage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.tokenizer.BytePairVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes a learned vocabulary as the {@code tokenizer} folder that transformers' {@code
 * CLIPTokenizer} and {@code CLIPTokenizerFast} open.
 */
public final class TokenizerWriter {
    private static final List<String> ROLES =
            List.of("bos_token", "eos_token", "pad_token", "unk_token");

    private TokenizerWriter() {}

    /**
     * @param maxLength tokens per prompt, begin and end included
     * @param folder is made
     */
    public static void write(BytePairVocabulary vocabulary, int maxLength, Path folder)
            throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve("vocab.json"), Json.write(vocabulary.ids()));
        Files.writeString(
                folder.resolve("merges.txt"),
                "#version: 0.2\n"
                        + String.join(
                                "", vocabulary.merges().stream().map(m -> m + "\n").toList()));
        Files.write(
                folder.resolve("tokenizer_config.json"),
                Json.write(configuration(vocabulary, maxLength)));
        ObjectNode map = Json.mapper().createObjectNode();
        ROLES.forEach(role -> map.set(role, token(text(role))));
        Files.write(folder.resolve("special_tokens_map.json"), Json.write(map));
    }

    private static ObjectNode configuration(BytePairVocabulary vocabulary, int maxLength) {
        ObjectNode configuration = Json.mapper().createObjectNode();
        configuration.put("tokenizer_class", "CLIPTokenizer");
        configuration.put("model_max_length", maxLength);
        ObjectNode added = configuration.putObject("added_tokens_decoder");
        for (String token : List.of(BytePairVocabulary.BEGIN, BytePairVocabulary.END)) {
            added.set(
                    String.valueOf(vocabulary.ids().get(token)), token(token).put("special", true));
        }
        ROLES.forEach(role -> configuration.put(role, text(role)));
        configuration.put("clean_up_tokenization_spaces", false);
        configuration.put("errors", "replace");
        return configuration;
    }

    private static String text(String role) {
        return role.equals("bos_token") ? BytePairVocabulary.BEGIN : BytePairVocabulary.END;
    }

    private static ObjectNode token(String text) {
        return Json.mapper()
                .createObjectNode()
                .put("content", text)
                .put("lstrip", false)
                .put("normalized", true)
                .put("rstrip", false)
                .put("single_word", false);
    }
}
