package dev.darkroom.worker.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.Goldens;
import dev.darkroom.worker.BundledCheckpoint;
import dev.darkroom.worker.GreyLevels;
import dev.darkroom.worker.Jobs;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.life.Pulse;
import dev.darkroom.worker.model.LoadedModel;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * From prompt and seed to pixels with the bundled model, as diffusers makes them of the same prompt
 * and seed; {@code goldens/make_seeds.py} made the reference. One grey level is allowed: two
 * float32 implementations fall on either side of a rounding.
 */
class SeededPictureTest {
    private static final Path FOLDER = Checkout.root().resolve("worker/src/test/resources/goldens");

    private final LoadedModel model = BundledCheckpoint.shared().model();
    private final Generator generator = new Generator(new ActivationBudget(2048));

    static Stream<Arguments> cases() {
        try (Goldens goldens = Goldens.open(FOLDER, "seeds")) {
            return StreamSupport.stream(goldens.index().path("cases").spliterator(), false)
                    .map(
                            each ->
                                    Arguments.of(
                                            each.path("name").asText()
                                                    + " "
                                                    + each.path("sampler").asText()
                                                    + " "
                                                    + each.path("steps").asText()
                                                    + " guidance "
                                                    + each.path("guidanceScale").asText(),
                                            each))
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void seedMeansTheSamePictureAsInDiffusers(String name, JsonNode parameters) {
        GenerationJob job = job(parameters);

        List<RgbImage> pictures = pictures(job);

        requireReference(parameters, pictures);
    }

    private static void requireReference(JsonNode parameters, List<RgbImage> pictures) {
        String name = parameters.path("name").asText();
        assertThat(pictures).hasSize(job(parameters).count());
        try (Goldens goldens = Goldens.open(FOLDER, "seeds")) {
            ByteBuffer expected = goldens.tensors().bytes(name);
            for (int i = 0; i < pictures.size(); i++) {
                byte[] pixels = pictures.get(i).pixels();
                int difference = GreyLevels.maxDifference(pixels, expected, i * pixels.length);
                assertThat(difference).as("%s, picture %d", name, i).isLessThanOrEqualTo(1);
            }
        }
    }

    /** All of them at once: they share the calls of samplers, steps, sizes and guidances. */
    @Test
    void companyChangesNoPicture() throws Exception {
        List<JsonNode> cases = cases().map(each -> (JsonNode) each.get()[1]).toList();
        ExecutorService threads = Executors.newFixedThreadPool(cases.size());
        List<Future<List<RgbImage>>> jobs = new ArrayList<>();
        try {
            for (JsonNode parameters : cases) {
                jobs.add(threads.submit(() -> pictures(job(parameters))));
            }
            for (int i = 0; i < cases.size(); i++) {
                requireReference(cases.get(i), jobs.get(i).get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void sameJobMakesTheSamePicturesHoweverItIsSplit() {
        GenerationJob job = Jobs.job(Jobs.ID, "a red bag", "blue", SamplerName.EULER, 3, 3);

        List<RgbImage> whole = pictures(job);
        List<RgbImage> split =
                new Generator(new ActivationBudget(1))
                        .generate(job, model, Generator.Progress.none(), new Cancellation())
                        .pictures();

        for (int i = 0; i < 3; i++) {
            ByteBuffer expected = ByteBuffer.wrap(whole.get(i).pixels());
            assertThat(GreyLevels.maxDifference(split.get(i).pixels(), expected, 0))
                    .isLessThanOrEqualTo(1);
        }
    }

    /** Latents that do not halve evenly, down to one: diffusers' pipeline refuses to make them. */
    @ParameterizedTest
    @CsvSource({"4, 4", "8, 4", "36, 28", "12, 60"})
    void makesEverySizeThatTheConfigurationAllows(int width, int height) {
        model.configuration().requireSize(width, height);
        GenerationJob like = Jobs.job(Jobs.ID, "a dress", "", SamplerName.EULER, 3, 1);
        GenerationJob job =
                new GenerationJob(
                        like.id(),
                        TenantName.DEFAULT,
                        like.prompt(),
                        like.negativePrompt(),
                        like.model(),
                        like.version(),
                        width,
                        height,
                        3,
                        like.sampler(),
                        like.guidanceScale(),
                        like.seed(),
                        like.count(),
                        Priority.NORMAL,
                        Optional.empty());

        RgbImage picture = pictures(job).get(0);

        assertThat(picture.width()).isEqualTo(width);
        assertThat(picture.height()).isEqualTo(height);
    }

    @Test
    void warmsUp() {
        generator.warmUp(model, new Pulse());
    }

    private List<RgbImage> pictures(GenerationJob job) {
        return generator
                .generate(job, model, Generator.Progress.none(), new Cancellation())
                .pictures();
    }

    private static GenerationJob job(JsonNode parameters) {
        return new GenerationJob(
                Jobs.ID,
                TenantName.DEFAULT,
                parameters.path("prompt").asText(),
                parameters.path("negativePrompt").asText(),
                Jobs.MODEL,
                Optional.empty(),
                parameters.path("width").asInt(),
                parameters.path("height").asInt(),
                parameters.path("steps").asInt(),
                SamplerName.parse(parameters.path("sampler").asText()),
                parameters.path("guidanceScale").asDouble(),
                parameters.path("seed").asLong(),
                parameters.path("count").asInt(),
                Priority.NORMAL,
                Optional.empty());
    }
}
