package dev.darkroom.diffusion.tokenizer;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.darkroom.contract.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Reads a tokenizer folder with CLIP's usual special tokens. */
final class TokenizerFiles {
    private TokenizerFiles() {}

    static ClipTokenizer open(Path folder, String padToken) {
        try {
            return new ClipTokenizer(
                    Json.mapper()
                            .readValue(
                                    Files.readAllBytes(folder.resolve("vocab.json")),
                                    new TypeReference<Map<String, Integer>>() {}),
                    ClipTokenizer.merges(Files.readAllLines(folder.resolve("merges.txt"))),
                    "<|startoftext|>",
                    "<|endoftext|>",
                    padToken,
                    "<|endoftext|>",
                    77);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
