package dev.darkroom.trainer.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.tokenizer.BytePairTrainer;
import dev.darkroom.diffusion.tokenizer.ClipTokenizer;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.checkpoint.WeightFile;
import dev.darkroom.network.vae.VaeConfiguration;
import dev.darkroom.trainer.data.Bucket;
import dev.darkroom.trainer.data.Example;
import dev.darkroom.trainer.evaluate.VaeCodec;
import dev.darkroom.trainer.graph.OptimizerOptions;
import dev.darkroom.trainer.graph.VaeLoss;
import dev.darkroom.trainer.loop.LearningRate;
import dev.darkroom.trainer.loop.TrainingLoop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaeStageTest {
    private static final Squares TRAINING = new Squares(64, 8);
    private static final int STEPS = 40;

    @TempDir Path folder;

    static ObjectNode network() {
        return (ObjectNode)
                Json.tree(
                        """
                        {"block_out_channels": [8, 16],
                         "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
                         "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"],
                         "layers_per_block": 1, "latent_channels": 4, "norm_num_groups": 4,
                         "mid_block_add_attention": true, "sample_size": 8}
                        """
                                .getBytes(StandardCharsets.UTF_8));
    }

    static VaeStage stage(Path folder, int steps) {
        return new VaeStage(
                folder,
                new VaeSettings(
                        network(),
                        new VaeLoss(1, 0.5, 1e-3),
                        new OptimizerOptions(0.9, 0.99, 1e-8, 0, 1, 1, true),
                        0.5,
                        new LearningRate(5e-3, 5, steps, 0),
                        new TrainingLoop.Options(steps, 16, steps, Duration.ofHours(1)),
                        16,
                        64),
                TRAINING,
                new Squares(16, 8),
                7);
    }

    @Test
    void learnsToReconstructAndLeavesWhatItLearned() throws IOException {
        Reports reports = new Reports();

        assertThat(stage(folder, STEPS).run(reports, System::nanoTime, () -> false)).isTrue();

        assertThat(reports.steps).hasSize(STEPS);
        assertThat(reports.loss(STEPS - 5, 5)).isLessThan(0.5 * reports.loss(0, 5));
        assertThat(reports.last(VaeStage.PSNR)).isGreaterThan(12);
        assertThat(reports.grids).hasSize(1);
        ConfigurationFile file = ConfigurationFile.read(folder, "config.json");
        VaeConfiguration configuration = VaeConfiguration.of(file);
        assertThat(file.tree().get("sample_size")).isEqualTo(network().get("sample_size"));
        assertThat(latentDeviation(configuration)).isCloseTo(1, within(0.1));
        cachesWhatTheEncoderMakes(configuration);
    }

    /** Part of the test above, which has trained an encoder: training is what takes the time. */
    private void cachesWhatTheEncoderMakes(VaeConfiguration configuration) throws IOException {
        Path run = Files.createDirectories(folder.resolve("run"));
        Path vae = Files.createDirectories(run.resolve("vae"));
        for (String file : List.of("config.json", "diffusion_pytorch_model.safetensors")) {
            Files.copy(folder.resolve(file), vae.resolve(file));
        }
        ClipTokenizer tokenizer = new BytePairTrainer().train(514).tokenizer(40);
        Path latents = run.resolve("latents");
        LatentStage stage = new LatentStage(latents, run, TRAINING, tokenizer, 2, "first");
        AtomicLong written = new AtomicLong();
        assertThat(stage.run(written::set, () -> true)).isFalse();
        assertThat(written).hasValue(64);
        Files.write(latents.resolve("8x8.latents"), new byte[11], StandardOpenOption.APPEND);

        assertThat(stage.run(written::set, () -> false)).isTrue();

        LatentCache cache = LatentCache.open(latents);
        assertThat(cache.header().parts())
                .containsExactly(new LatentCache.Part(new Bucket(8, 8), 4, 4, 128));
        try (VaeCodec codec = codec(configuration)) {
            for (int record : new int[] {0, 3, 70, 127}) {
                Example example = TRAINING.example(record % 64, record / 64);
                VaeCodec.Posterior posterior = codec.encode(example.picture().pixels(), 1, 8, 8);
                float[] noise = new float[64];
                Arrays.fill(noise, 0.5f);
                float[] sampled = new float[64];
                cache.sample(0, record, noise, sampled, 0);
                for (int i = 0; i < 64; i++) {
                    double expected = posterior.mean()[i] + 0.5 * posterior.deviation()[i];
                    // Half precision: 11 bits.
                    assertThat((double) sampled[i] / configuration.scalingFactor())
                            .isCloseTo(expected, within(2e-3 * (1 + Math.abs(expected))));
                }
                int[] ids = new int[40];
                cache.tokenIds(0, record, ids, 0);
                assertThat(ids).isEqualTo(tokenizer.encodePadded(example.caption()));
                assertThat(cache.label(0, record)).isEqualTo(example.label().orElseThrow());
            }
        }
        new LatentStage(latents, run, TRAINING, tokenizer, 1, "second")
                .run(written::set, () -> false);
        assertThat(LatentCache.open(latents).header().parts().get(0).records()).isEqualTo(64);
    }

    private VaeCodec codec(VaeConfiguration configuration) {
        VaeCodec codec = new VaeCodec(configuration);
        try (WeightFile weights = WeightFile.open(folder, "", "diffusion_pytorch_model")) {
            weights.bind(codec.specs(), key -> false);
            codec.load(weights);
        }
        return codec;
    }

    /** Of what the written encoder makes of the training pictures, means only, scaled. */
    private double latentDeviation(VaeConfiguration configuration) {
        try (VaeCodec codec = codec(configuration)) {
            double sum = 0;
            double square = 0;
            PictureBatch pictures = PictureBatch.first(TRAINING, TRAINING.size());
            VaeCodec.Posterior posterior = codec.encode(pictures.pixels(), pictures.size(), 8, 8);
            for (int i = 0; i < posterior.mean().length; i++) {
                double mean = posterior.mean()[i] * configuration.scalingFactor();
                double deviation = posterior.deviation()[i] * configuration.scalingFactor();
                sum += mean;
                square += mean * mean + deviation * deviation;
            }
            int n = posterior.mean().length;
            return Math.sqrt(square / n - sum / n * (sum / n));
        }
    }

    /** One and the same thread order of sums is not promised, so not bit by bit. */
    @Test
    void aRunThatWasStoppedEndsAsOneThatWasNot() throws IOException {
        Path whole = folder.resolve("whole");
        Path parts = folder.resolve("parts");
        stage(whole, 8).run(report -> {}, System::nanoTime, () -> false);
        AtomicInteger steps = new AtomicInteger();
        assertThat(
                        stage(parts, 8)
                                .run(
                                        report -> {},
                                        System::nanoTime,
                                        () -> steps.incrementAndGet() == 5))
                .isFalse();
        assertThat(parts.resolve("config.json")).doesNotExist();
        Reports rest = new Reports();

        assertThat(stage(parts, 8).run(rest, System::nanoTime, () -> false)).isTrue();

        assertThat(rest.steps).extracting(report -> report.step()).containsExactly(6L, 7L, 8L);
        JsonNode one = Json.tree(Files.readAllBytes(whole.resolve("config.json")));
        JsonNode other = Json.tree(Files.readAllBytes(parts.resolve("config.json")));
        assertThat(other.get("scaling_factor").asDouble())
                .isCloseTo(one.get("scaling_factor").asDouble(), within(1e-3));
        assertThat(values(parts)).containsExactly(values(whole), within(1e-4f));
        stage(parts, 8).run(rest, System::nanoTime, () -> false);
        assertThat(rest.steps).as("a finished stage does nothing").hasSize(3);
    }

    private static float[] values(Path folder) {
        try (VaeCodec codec =
                        new VaeCodec(
                                VaeConfiguration.of(
                                        ConfigurationFile.read(folder, "config.json")));
                WeightFile weights = WeightFile.open(folder, "", "diffusion_pytorch_model")) {
            weights.bind(codec.specs(), key -> false);
            return weights.values(
                    codec.specs().stream()
                            .filter(spec -> spec.key().equals("decoder.conv_in.weight"))
                            .findFirst()
                            .orElseThrow());
        }
    }
}
