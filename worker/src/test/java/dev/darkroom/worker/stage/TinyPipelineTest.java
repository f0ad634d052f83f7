package dev.darkroom.worker.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.pipeline.TextToImage;
import dev.darkroom.diffusion.sampler.DdimSampler;
import dev.darkroom.diffusion.sampler.DpmSolverSampler;
import dev.darkroom.diffusion.sampler.EulerSampler;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.diffusion.sampler.Sampler;
import dev.darkroom.diffusion.sampler.StepListener;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.network.export.DiffusersCheckpoint;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.Goldens;
import dev.darkroom.worker.GreyLevels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole pipelines of diffusers with a checkpoint of another architecture than the bundled one, at
 * the tolerances that the reference states. CLIP's vocabulary is not in the repository, so the
 * prompts are given as token ids.
 */
class TinyPipelineTest {
    private static final int DOWNSCALE = 2;

    @TempDir private static Path folder;
    private static CheckpointStages stages;

    @BeforeAll
    static void load() throws IOException {
        Path source =
                Checkout.root().resolve("shared/testing/src/main/resources/checkpoints/tiny-sd15");
        try (DiffusersCheckpoint checkpoint = DiffusersCheckpoint.open(source)) {
            for (Stage stage : List.of(Stage.TEXT_ENCODER, Stage.UNET, Stage.VAE_DECODER)) {
                checkpoint.export(
                        stage, Files.createDirectory(folder.resolve(stage.folder())), done -> {});
            }
        }
        stages = CheckpointStages.load(folder, configuration());
    }

    @AfterAll
    static void close() {
        stages.close();
    }

    private static CheckpointConfiguration configuration() {
        return new CheckpointConfiguration(
                new CheckpointConfiguration.Tokenizer(77, "", "", "", ""),
                Map.of(),
                4,
                DOWNSCALE,
                0.18215,
                32,
                8,
                1,
                Map.of(),
                new CheckpointConfiguration.Defaults(64, 64, 25, SamplerName.DDIM, 7.5));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "txt2img.ddim10",
                "txt2img.ddim10.nocfg",
                "txt2img.ddim10.emptyneg",
                "txt2img.ddim10.batch2",
                "txt2img.ddim8.wide",
                "txt2img.euler10",
                "txt2img.dpmpp2mk12"
            })
    void followsDiffusersToThePicture(String name) throws IOException {
        try (Goldens goldens = Goldens.open("tiny-sd15.pipelines")) {
            JsonNode run = run(goldens, name);
            JsonNode call = run.path("call");
            int height = call.path("height").asInt() / DOWNSCALE;
            int width = call.path("width").asInt() / DOWNSCALE;
            float[] start = goldens.nhwc(run.path("latents").asText());
            float[] end = goldens.nhwc(name + ".final_latents");
            int count = end.length / (height * width * 4);
            double tolerance =
                    goldens.index()
                            .path("tensors")
                            .path(name + ".final_latents")
                            .path("tol_abs")
                            .asDouble();
            assertThat(tolerance).isPositive();
            Latents noise = new Latents(count, height, width, 4, start);
            Latents expected = new Latents(count, height, width, 4, end);
            for (int i = 0; i < count; i++) {
                Latents latents = sample(run, noise.rows(i, i + 1), i);

                assertThat(
                                Goldens.maxDifference(
                                        latents.values(), expected.rows(i, i + 1).values()))
                        .isLessThan(tolerance);
                RgbImage picture = stages.decode(latents).get(0);
                assertThat(
                                GreyLevels.maxDifference(
                                        picture.pixels(),
                                        goldens.tensors().bytes(name + ".image_u8"),
                                        i * picture.pixels().length))
                        .isLessThanOrEqualTo(1);
            }
        }
    }

    private static Latents sample(JsonNode run, Latents noise, int picture) throws IOException {
        JsonNode call = run.path("call");
        SchedulerConfiguration scheduler =
                SchedulerConfiguration.of(
                        Json.mapper()
                                .convertValue(
                                        run.path("scheduler_config"),
                                        new TypeReference<Map<String, Object>>() {}));
        Sampler sampler =
                switch (run.path("scheduler").asText()) {
                    case "DDIMScheduler" -> new DdimSampler();
                    case "EulerDiscreteScheduler" -> new EulerSampler();
                    case "DPMSolverMultistepScheduler" -> new DpmSolverSampler();
                    default -> throw new AssertionError(run.path("scheduler"));
                };
        return TextToImage.sample(
                stages,
                sampler,
                scheduler,
                call.path("num_inference_steps").asInt(),
                noise,
                encode(call.path("prompt"), picture),
                encode(call.path("negative_prompt"), picture),
                call.path("guidance_scale").asDouble(),
                StepListener.none());
    }

    private static TextEmbedding encode(JsonNode prompts, int picture) throws IOException {
        JsonNode prompt = prompts.isArray() ? prompts.path(picture) : prompts;
        JsonNode ids =
                Json.tree(
                                Files.readAllBytes(
                                        Checkout.root()
                                                .resolve(
                                                        "worker/src/test/resources/goldens/pipeline-prompts.json")))
                        .path("prompts")
                        .path(prompt.asText(""));
        assertThat(ids).as("%s", prompt).hasSize(77);
        return stages.encode(
                new int[][] {
                    StreamSupport.stream(ids.spliterator(), false)
                            .mapToInt(JsonNode::intValue)
                            .toArray()
                });
    }

    private static JsonNode run(Goldens goldens, String name) {
        return StreamSupport.stream(goldens.index().path("cases").spliterator(), false)
                .filter(each -> each.path("id").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
