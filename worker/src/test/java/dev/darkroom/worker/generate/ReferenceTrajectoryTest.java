package dev.darkroom.worker.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.diffusion.pipeline.NoisePredictor;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.diffusion.pipeline.TextEmbedding;
import dev.darkroom.diffusion.pipeline.TextToImage;
import dev.darkroom.diffusion.sampler.DdimSampler;
import dev.darkroom.diffusion.sampler.DpmSolverSampler;
import dev.darkroom.diffusion.sampler.EulerSampler;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.diffusion.sampler.Sampler;
import dev.darkroom.diffusion.sampler.StepListener;
import dev.darkroom.testing.Goldens;
import dev.darkroom.worker.BundledCheckpoint;
import dev.darkroom.worker.GreyLevels;
import dev.darkroom.worker.model.LoadedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The bundled model through this worker's stages, from noise to picture, against diffusers. */
class ReferenceTrajectoryTest {
    private static final double GUIDANCE = 3;

    /** Of the last latents; float32 implementations were seen 6e-6 apart. */
    private static final double TOLERANCE = 1e-4;

    private final LoadedModel model = BundledCheckpoint.shared().model();

    private record Reference(String name, Sampler sampler, int steps) {}

    static Stream<Arguments> runs() {
        List<Reference> samplers =
                List.of(
                        new Reference("ddim20", new DdimSampler(), 20),
                        new Reference("euler20", new EulerSampler(), 20),
                        new Reference("dpmpp2m_karras15", new DpmSolverSampler(), 15));
        List<Arguments> runs = new ArrayList<>();
        for (int prompt = 0; prompt < 7; prompt++) {
            for (Reference sampler : samplers) {
                runs.add(Arguments.of(prompt, sampler.name, sampler.sampler, sampler.steps));
            }
        }
        return runs.stream();
    }

    @ParameterizedTest(name = "case {0} {1}")
    @MethodSource("runs")
    void followsDiffusersToThePicture(int prompt, String name, Sampler sampler, int steps)
            throws IOException {
        JsonNode meta =
                Json.mapper()
                        .reader()
                        .with(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                        .readTree(Files.readAllBytes(Goldens.folder().resolve("bundled/meta.json")))
                        .path("cases")
                        .path(prompt);
        try (Goldens goldens = Goldens.open(Goldens.folder().resolve("bundled"), "case" + prompt)) {
            int[] ids = model.tokenizer().encodePadded(meta.path("prompt").asText());
            assertThat(longs(ids)).isEqualTo(goldens.tensors().integers("input_ids"));
            int[] negativeIds =
                    model.tokenizer().encodePadded(meta.path("negative_prompt").asText());
            TextEmbedding text = model.textEncoder().encode(new int[][] {ids});
            TextEmbedding negative = model.textEncoder().encode(new int[][] {negativeIds});
            assertThat(Goldens.maxDifference(text.values(), goldens.floats("text_embeddings")))
                    .isLessThan(1e-4);
            Latents noise = new Latents(1, 8, 8, 4, goldens.nhwc("initial_noise"));

            Latents latents = sample(sampler, steps, noise, text, negative);

            assertThat(Goldens.maxDifference(latents.values(), goldens.nhwc(name + ".latents")))
                    .isLessThan(TOLERANCE);
            RgbImage picture = model.decoder().decode(latents).get(0);
            assertThat(
                            GreyLevels.maxDifference(
                                    picture.pixels(),
                                    goldens.tensors().bytes(name + ".image_u8"),
                                    0))
                    .isLessThanOrEqualTo(1);
        }
    }

    private Latents sample(
            Sampler sampler, int steps, Latents noise, TextEmbedding text, TextEmbedding negative) {
        NoisePredictor predictor = model.noisePredictor();
        return TextToImage.sample(
                predictor,
                sampler,
                model.scheduler(),
                steps,
                noise,
                text,
                negative,
                GUIDANCE,
                StepListener.none());
    }

    private static long[] longs(int[] values) {
        return Arrays.stream(values).asLongStream().toArray();
    }
}
