package dev.darkroom.diffusion.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.diffusion.sampler.DdimSampler;
import dev.darkroom.diffusion.sampler.DpmSolverSampler;
import dev.darkroom.diffusion.sampler.EulerSampler;
import dev.darkroom.diffusion.sampler.Latents;
import dev.darkroom.diffusion.sampler.NoiseLevel;
import dev.darkroom.diffusion.sampler.Sampler;
import dev.darkroom.diffusion.sampler.StepListener;
import dev.darkroom.diffusion.schedule.PredictionType;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import dev.darkroom.testing.Goldens;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextToImageTest {
    private static final TextEmbedding POSITIVE =
            new TextEmbedding(1, 2, 3, new float[] {1, 2, 3, 4, 5, 6});
    private static final TextEmbedding NEGATIVE =
            new TextEmbedding(1, 2, 3, new float[] {-1, -2, -3, -4, -5, -6});

    @ParameterizedTest
    @ValueSource(longs = {0, 42, 4294967295L, 9007199254740991L})
    void drawsTheNoiseOfTorchAndLaysItOutAsNhwc(long seed) {
        try (Goldens goldens = Goldens.open("torch-randn")) {
            for (int[] size : new int[][] {{8, 8}, {3, 5}, {64, 64}}) {
                Latents noise = TextToImage.noise(new long[] {seed}, size[0], size[1], 4);
                assertThat(
                                Goldens.maxDifference(
                                        noise.values(),
                                        goldens.nhwc(
                                                "seed%d.shape1x4x%dx%d"
                                                        .formatted(seed, size[0], size[1]))))
                        .isLessThan(1e-6);
            }
        }
    }

    @Test
    void drawsEachPictureFromAGeneratorOfItsOwn() {
        Latents both = TextToImage.noise(new long[] {7, 8}, 4, 6, 4);
        assertThat(both.rows(0, 1).values())
                .isEqualTo(TextToImage.noise(new long[] {7}, 4, 6, 4).values());
        assertThat(both.rows(1, 2).values())
                .isEqualTo(TextToImage.noise(new long[] {8}, 4, 6, 4).values());
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.0", "7.5", "15.0"})
    void guidesTheRawPredictionInFloat32(String scale) {
        try (Goldens goldens = Goldens.open("guidance")) {
            float[] uncond = goldens.nhwc("uncond");
            float[] text = goldens.nhwc("text");
            float[] both = new float[2 * uncond.length];
            System.arraycopy(uncond, 0, both, 0, uncond.length);
            System.arraycopy(text, 0, both, uncond.length, text.length);
            GuidedDenoiser denoiser =
                    new GuidedDenoiser(
                            (latents, timesteps, embedding) ->
                                    new Latents(4, 8, 8, 4, both.clone()),
                            PredictionType.SAMPLE,
                            new TextEmbedding(4, 1, 1, new float[4]),
                            true,
                            Double.parseDouble(scale));
            float[] guided =
                    denoiser.denoise(
                                    new Latents(2, 8, 8, 4, new float[uncond.length]),
                                    new NoiseLevel(1, 0.6, 0.8))
                            .values();
            assertThat(Goldens.maxDifference(guided, goldens.nhwc("cfg." + scale)))
                    .isLessThan(1e-5);
        }
    }

    /** Remembers what it was asked; its prediction is nothing at all. */
    private static final class Asked implements NoisePredictor {
        final List<Latents> latents = new ArrayList<>();
        final List<float[]> timesteps = new ArrayList<>();
        final List<TextEmbedding> texts = new ArrayList<>();

        @Override
        public Latents predict(Latents input, float[] times, TextEmbedding text) {
            latents.add(input);
            timesteps.add(times);
            texts.add(text);
            return input.with(new float[input.values().length]);
        }
    }

    private static SchedulerConfiguration configuration(String prediction) {
        return SchedulerConfiguration.of(
                Map.of(
                        "beta_schedule",
                        "scaled_linear",
                        "beta_start",
                        0.00085,
                        "beta_end",
                        0.012,
                        "steps_offset",
                        1,
                        "set_alpha_to_one",
                        false,
                        "clip_sample",
                        false,
                        "prediction_type",
                        prediction));
    }

    @Test
    void asksForTheNegativeRowsFirst() {
        Asked asked = new Asked();
        Latents noise = TextToImage.noise(new long[] {1, 2, 3}, 2, 2, 4);
        TextToImage.sample(
                asked,
                new DdimSampler(),
                configuration("epsilon"),
                2,
                noise,
                POSITIVE,
                NEGATIVE,
                7.5,
                StepListener.none());
        assertThat(asked.latents).hasSize(2);
        Latents first = asked.latents.get(0);
        assertThat(first.count()).isEqualTo(6);
        assertThat(first.rows(0, 3).values()).isEqualTo(noise.values());
        assertThat(first.rows(3, 6).values()).isEqualTo(noise.values());
        assertThat(asked.timesteps.get(0)).containsOnly(501).hasSize(6);
        assertThat(asked.timesteps.get(1)).containsOnly(1).hasSize(6);
        TextEmbedding text = asked.texts.get(0);
        assertThat(text.count()).isEqualTo(6);
        assertThat(text.values()[0]).isEqualTo(-1);
        assertThat(text.values()[3 * 6 - 1]).isEqualTo(-6);
        assertThat(text.values()[3 * 6]).isEqualTo(1);
        assertThat(text.values()[6 * 6 - 1]).isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 0.5, 0})
    void costsOneRowPerPictureWithoutGuidance(double guidanceScale) {
        Asked asked = new Asked();
        TextEmbedding untouched = new TextEmbedding(3, 1, 1, new float[3]);
        TextToImage.sample(
                asked,
                new EulerSampler(),
                configuration("epsilon"),
                3,
                TextToImage.noise(new long[] {1, 2}, 2, 2, 4),
                POSITIVE,
                untouched,
                guidanceScale,
                StepListener.none());
        assertThat(asked.latents).hasSize(3).allMatch(latents -> latents.count() == 2);
        assertThat(asked.timesteps).allMatch(times -> times.length == 2);
        assertThat(asked.texts.get(0).values()).containsExactly(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6);
    }

    static Stream<Arguments> samplersAndPredictions() {
        return Stream.of(new DdimSampler(), new EulerSampler(), new DpmSolverSampler())
                .flatMap(
                        sampler ->
                                Stream.of("epsilon", "v_prediction", "sample")
                                        .map(type -> Arguments.of(sampler, type)));
    }

    /** A network that knows the clean latents, and says them in each prediction type's words. */
    @ParameterizedTest
    @MethodSource("samplersAndPredictions")
    void findsTheLatentsThatTheNetworkKnows(Sampler sampler, String type) {
        SchedulerConfiguration configuration =
                SchedulerConfiguration.of(Map.of("prediction_type", type, "clip_sample", false));
        float[] clean = TextToImage.noise(new long[] {77}, 4, 4, 4).values();
        // One step from a level that the predictor can compute: the first one of the ladder.
        List<NoiseLevel> levels = new ArrayList<>();
        Latents noise = TextToImage.noise(new long[] {5}, 4, 4, 4);
        sampler.sample(
                (latents, level) -> {
                    levels.add(level);
                    return latents;
                },
                noise,
                configuration,
                4,
                StepListener.none());
        NoisePredictor network =
                new NoisePredictor() {
                    private int call;

                    @Override
                    public Latents predict(Latents latents, float[] times, TextEmbedding text) {
                        NoiseLevel level = levels.get(call++);
                        assertThat(times).containsOnly((float) level.timestep());
                        float[] values = new float[latents.values().length];
                        for (int i = 0; i < values.length; i++) {
                            double x = latents.values()[i];
                            double epsilon = (x - level.alpha() * clean[i]) / level.sigma();
                            values[i] =
                                    (float)
                                            switch (type) {
                                                case "epsilon" -> epsilon;
                                                case "sample" -> clean[i];
                                                default ->
                                                        level.alpha() * epsilon
                                                                - level.sigma() * clean[i];
                                            };
                        }
                        return latents.with(values);
                    }
                };
        float[] end =
                TextToImage.sample(
                                network,
                                sampler,
                                configuration,
                                4,
                                noise,
                                POSITIVE,
                                NEGATIVE,
                                1,
                                StepListener.none())
                        .values();
        assertThat(Goldens.maxDifference(end, clean)).isLessThan(1e-4);
    }

    @Test
    void refusesEmbeddingsOfDifferentShapes() {
        assertThatThrownBy(
                        () ->
                                TextToImage.sample(
                                        new Asked(),
                                        new DdimSampler(),
                                        configuration("epsilon"),
                                        2,
                                        TextToImage.noise(new long[] {1}, 2, 2, 4),
                                        POSITIVE,
                                        new TextEmbedding(1, 1, 3, new float[3]),
                                        5,
                                        StepListener.none()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
