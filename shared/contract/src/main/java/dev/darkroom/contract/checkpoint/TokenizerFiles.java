package dev.darkroom.contract.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a checkpoint's tokenizer knows, as its files have it.
 *
 * @param vocabulary ids by token
 * @param mergeLines of {@code merges.txt}, the first one and empty ones included
 */
public record TokenizerFiles(Map<String, Integer> vocabulary, List<String> mergeLines) {
    public TokenizerFiles {
        vocabulary = Map.copyOf(vocabulary);
        mergeLines = List.copyOf(mergeLines);
    }

    /**
     * @param folder of a checkpoint
     * @throws DarkroomException {@link ErrorCode#CORRUPT_CHECKPOINT} where a file is missing or is
     *     not what it should be
     */
    public static TokenizerFiles read(Path folder) {
        String file = CheckpointConfiguration.VOCABULARY_FILE;
        try {
            Map<String, Integer> vocabulary = new HashMap<>();
            for (Map.Entry<String, JsonNode> entry :
                    Json.tree(Files.readAllBytes(folder.resolve(file))).properties()) {
                vocabulary.put(entry.getKey(), entry.getValue().intValue());
            }
            file = CheckpointConfiguration.MERGES_FILE;
            return new TokenizerFiles(vocabulary, Files.readAllLines(folder.resolve(file)));
        } catch (IOException | RuntimeException e) {
            throw new DarkroomException(
                    ErrorCode.CORRUPT_CHECKPOINT, file + ": " + e.getMessage(), e);
        }
    }
}
