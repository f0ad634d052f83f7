package dev.darkroom.trainer.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.tensor.SafetensorsFile;
import dev.darkroom.diffusion.tokenizer.BytePairTrainer;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.clip.ClipTextConfiguration;
import dev.darkroom.trainer.evaluate.ClipModel;
import dev.darkroom.trainer.graph.OptimizerOptions;
import dev.darkroom.trainer.loop.LearningRate;
import dev.darkroom.trainer.loop.TrainingLoop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipStageTest {
    private static final Squares TRAINING = new Squares(64, 8);

    @TempDir Path run;

    @BeforeEach
    void learnTheTokenizer() throws IOException {
        BytePairTrainer trainer = new BytePairTrainer();
        TRAINING.captions().forEach(caption -> trainer.add(caption, 1));
        TokenizerWriter.write(trainer.train(600), 10, run.resolve("tokenizer"));
    }

    private static ObjectNode network() {
        return (ObjectNode)
                Json.tree(
                        """
                        {"projection_dim": 16,
                         "text_config": {"hidden_size": 16, "intermediate_size": 32,
                            "num_hidden_layers": 1, "num_attention_heads": 2},
                         "vision_config": {"hidden_size": 16, "intermediate_size": 32,
                            "num_hidden_layers": 1, "num_attention_heads": 2,
                            "image_size": 8, "patch_size": 4}}
                        """
                                .getBytes(StandardCharsets.UTF_8));
    }

    private ClipStage stage(String name, int steps) {
        return new ClipStage(
                run.resolve(name),
                run,
                new ClipSettings(
                        network(),
                        new OptimizerOptions(0.9, 0.98, 1e-6, 0.01, 1, 1, true),
                        0.5,
                        new LearningRate(5e-3, 5, steps, 0),
                        new TrainingLoop.Options(steps, 16, steps, Duration.ofHours(1)),
                        16),
                TRAINING,
                new Squares(16, 8),
                3);
    }

    @Test
    void learnsWhichCaptionBelongsToWhichPicture() throws IOException {
        Reports reports = new Reports();

        assertThat(stage("clip", 300).run(reports, System::nanoTime, () -> false)).isTrue();

        assertThat(reports.loss(295, 5)).isLessThan(0.5 * reports.loss(0, 5));
        // Chance is one in eight.
        assertThat(reports.last(ClipStage.RETRIEVAL)).isGreaterThanOrEqualTo(0.75);
        Path folder = run.resolve("clip");
        try (ClipModel embedder = ClipModel.open(folder)) {
            float[] texts = embedder.ofTexts(TRAINING.captions());
            assertThat(texts).hasSize(8 * embedder.dimensions());
            double length = 0;
            for (int i = 0; i < embedder.dimensions(); i++) {
                length += texts[i] * texts[i];
            }
            assertThat(length).isCloseTo(1, within(1e-5));
        }
        ClipTextConfiguration text =
                ClipTextConfiguration.of(
                        ConfigurationFile.read(folder, "text_encoder/config.json"));
        assertThat(text.positions()).isEqualTo(10);
        try (SafetensorsFile weights =
                SafetensorsFile.open(folder.resolve("text_encoder/model.safetensors"))) {
            assertThat(weights.tensors().keySet())
                    .allMatch(key -> key.startsWith("text_model."))
                    .hasSize(20);
        }
    }

    @Test
    void aRunThatWasStoppedEndsAsOneThatWasNot() throws IOException {
        stage("whole", 6).run(report -> {}, System::nanoTime, () -> false);
        AtomicInteger steps = new AtomicInteger();
        stage("parts", 6).run(report -> {}, System::nanoTime, () -> steps.incrementAndGet() == 4);
        stage("parts", 6).run(report -> {}, System::nanoTime, () -> false);

        // Sums over threads are not promised to come in one order, so not bit by bit.
        assertThat(embedding("parts")).containsExactly(embedding("whole"), within(1e-4f));
    }

    private float[] embedding(String name) {
        try (ClipModel embedder = ClipModel.open(run.resolve(name))) {
            return embedder.ofTexts(List.of("a blue square on the left"));
        }
    }

    @Test
    void equalCaptionsAreNotEachOthersNegatives() {
        float[] shares =
                ClipStage.shares(List.of(new int[] {1, 2}, new int[] {1, 3}, new int[] {1, 2}));

        assertThat(shares).containsExactly(0.5f, 0, 0.5f, 0, 1, 0, 0.5f, 0, 0.5f);
    }
}
