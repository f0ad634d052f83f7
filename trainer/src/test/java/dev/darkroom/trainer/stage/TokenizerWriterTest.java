package dev.darkroom.trainer.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.diffusion.tokenizer.BytePairTrainer;
import dev.darkroom.diffusion.tokenizer.BytePairVocabulary;
import dev.darkroom.diffusion.tokenizer.ClipTokenizer;
import dev.darkroom.trainer.importing.TokenizerFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerWriterTest {
    @TempDir Path folder;

    private static BytePairVocabulary vocabulary() {
        BytePairTrainer trainer = new BytePairTrainer();
        trainer.add("a red sneaker on white, caf\u00e9 style", 3);
        trainer.add("a dark green coat that's long", 2);
        return trainer.train(560);
    }

    @Test
    void theImporterReadsWhatWasWritten() throws IOException {
        BytePairVocabulary vocabulary = vocabulary();
        TokenizerWriter.write(vocabulary, 24, folder.resolve("tokenizer"));

        TokenizerFolder read = TokenizerFolder.read(folder, vocabulary.ids().size(), 24);

        assertThat(read.configuration())
                .isEqualTo(
                        new CheckpointConfiguration.Tokenizer(
                                24,
                                "<|startoftext|>",
                                "<|endoftext|>",
                                "<|endoftext|>",
                                "<|endoftext|>"));
        ClipTokenizer written = read.tokenizer();
        ClipTokenizer learned = vocabulary.tokenizer(24);
        for (String prompt :
                List.of(
                        "a red coat",
                        "",
                        "CAF\u00c9 \ud83d\ude00 <|endoftext|> x",
                        "red ".repeat(40))) {
            assertThat(written.encodePadded(prompt))
                    .as(prompt)
                    .isEqualTo(learned.encodePadded(prompt))
                    .hasSize(24);
        }
    }

    @Test
    void writesTheSameBytesForTheSameCaptions() throws IOException {
        Path second = folder.resolve("second");
        TokenizerWriter.write(vocabulary(), 24, folder.resolve("first"));
        TokenizerWriter.write(vocabulary(), 24, second);
        for (String file :
                List.of(
                        "vocab.json",
                        "merges.txt",
                        "tokenizer_config.json",
                        "special_tokens_map.json")) {
            assertThat(folder.resolve("first").resolve(file))
                    .hasSameBinaryContentAs(second.resolve(file));
        }
        assertThat(Files.readAllLines(second.resolve("merges.txt"))).startsWith("#version: 0.2");
    }
}
