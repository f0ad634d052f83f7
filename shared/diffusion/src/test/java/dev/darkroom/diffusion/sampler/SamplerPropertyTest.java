package dev.darkroom.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.diffusion.noise.TorchGenerator;
import dev.darkroom.diffusion.schedule.PredictionType;
import dev.darkroom.diffusion.schedule.SchedulerConfiguration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SamplerPropertyTest {
    private static final Latents NOISE =
            new Latents(2, 3, 4, 4, new TorchGenerator(3).randn(2 * 3 * 4 * 4));

    static Stream<Arguments> samplersSpacingsAndSteps() {
        List<Arguments> all = new ArrayList<>();
        for (Sampler sampler :
                List.of(new DdimSampler(), new EulerSampler(), new DpmSolverSampler())) {
            for (String spacing : List.of("leading", "linspace", "trailing")) {
                for (int steps : new int[] {1, 2, 3, 7, 20, 61, 103, 999}) {
                    all.add(Arguments.of(sampler, spacing, steps));
                }
            }
        }
        return all.stream();
    }

    private static SchedulerConfiguration configuration(String spacing) {
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
                        "clip_sample",
                        false,
                        "timestep_spacing",
                        spacing));
    }

    @ParameterizedTest
    @MethodSource("samplersSpacingsAndSteps")
    void asksAtFallingNoiseOncePerStep(Sampler sampler, String spacing, int steps) {
        List<NoiseLevel> levels = new ArrayList<>();
        sampler.sample(
                (latents, level) -> {
                    levels.add(level);
                    return latents;
                },
                NOISE,
                configuration(spacing),
                steps,
                StepListener.none());
        assertThat(levels).hasSize(steps);
        for (int i = 1; i < steps; i++) {
            assertThat(levels.get(i).timestep()).isLessThanOrEqualTo(levels.get(i - 1).timestep());
            assertThat(levels.get(i).ratio()).isLessThan(levels.get(i - 1).ratio());
        }
        for (NoiseLevel level : levels) {
            assertThat(level.timestep()).isBetween(0.0, 999.0);
            assertThat(Math.hypot(level.alpha(), level.sigma())).isBetween(0.999999, 1.000001);
        }
    }

    @ParameterizedTest
    @MethodSource("samplersSpacingsAndSteps")
    void showsWhatTheDenoiserPredictedInEachStep(Sampler sampler, String spacing, int steps) {
        List<Latents> predicted = new ArrayList<>();
        List<Latents> shown = new ArrayList<>();
        sampler.sample(
                (latents, level) -> {
                    predicted.add(latents.scaled(0.5));
                    return predicted.get(predicted.size() - 1);
                },
                NOISE,
                configuration(spacing),
                steps,
                (step, all, clean) -> shown.add(clean));
        assertThat(shown)
                .extracting(Latents::values)
                .containsExactlyElementsOf(predicted.stream().map(Latents::values).toList());
    }

    /** DDIM's steps are T / steps rounded down: they come to 0 only where that is whole. */
    static Stream<Arguments> walksThatComeToZero() {
        return samplersSpacingsAndSteps()
                .filter(
                        walk ->
                                !(walk.get()[0] instanceof DdimSampler)
                                        || 1000 % (int) walk.get()[2] == 0);
    }

    /** A denoiser that knows the picture: whatever the path, the end is that picture. */
    @ParameterizedTest
    @MethodSource("walksThatComeToZero")
    void endsAtThePictureThatTheDenoiserSees(Sampler sampler, String spacing, int steps) {
        float[] picture = new TorchGenerator(9).randn(NOISE.values().length);
        float[] end =
                sampler.sample(
                                (latents, level) -> latents.with(picture.clone()),
                                NOISE,
                                configuration(spacing),
                                steps,
                                StepListener.none())
                        .values();
        double largest = 0;
        for (int i = 0; i < end.length; i++) {
            largest = Math.max(largest, Math.abs(end[i] - picture[i]));
        }
        assertThat(largest).isLessThan(1e-5);
    }

    @ParameterizedTest
    @MethodSource("samplersSpacingsAndSteps")
    void walksEachRowOfABatchAsIfItWereAlone(Sampler sampler, String spacing, int steps) {
        float[] both = walk(sampler, NOISE, spacing, steps);
        float[] second = walk(sampler, NOISE.rows(1, 2), spacing, steps);
        assertThat(Arrays.copyOfRange(both, second.length, both.length)).isEqualTo(second);
        assertThat(walk(sampler, NOISE, spacing, steps)).isEqualTo(both);
    }

    @ParameterizedTest
    @MethodSource("samplersSpacingsAndSteps")
    void leavesItsInputsAsTheyWere(Sampler sampler, String spacing, int steps) {
        float[] before = NOISE.values().clone();
        walk(sampler, NOISE, spacing, steps);
        assertThat(NOISE.values()).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("samplersSpacingsAndSteps")
    void stopsWhereTheListenerThrows(Sampler sampler, String spacing, int steps) {
        List<Integer> told = new ArrayList<>();
        assertThatThrownBy(
                        () ->
                                sampler.sample(
                                        (latents, level) -> latents,
                                        NOISE,
                                        configuration(spacing),
                                        steps,
                                        (step, all, latents) -> {
                                            told.add(step);
                                            throw new CancellationException();
                                        }))
                .isInstanceOf(CancellationException.class);
        assertThat(told).containsExactly(1);
    }

    static Stream<Sampler> samplers() {
        return Stream.of(new DdimSampler(), new EulerSampler(), new DpmSolverSampler());
    }

    @ParameterizedTest
    @MethodSource("samplers")
    void refusesToTakeNoStep(Sampler sampler) {
        assertThatThrownBy(() -> walk(sampler, NOISE, "leading", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("steps is 0");
        assertThatThrownBy(() -> sampler.requireSteps(configuration("leading"), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("steps is 0");
    }

    @ParameterizedTest
    @MethodSource("samplersSpacingsAndSteps")
    void saysBeforehandWhichStepsItCanTake(Sampler sampler, String spacing, int steps) {
        sampler.requireSteps(configuration(spacing), steps);
        if (sampler instanceof DdimSampler && spacing.equals("leading")) {
            assertThatThrownBy(() -> sampler.requireSteps(configuration(spacing), 1000))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("steps_offset");
        } else {
            sampler.requireSteps(configuration(spacing), 1000);
        }
    }

    private static float[] walk(Sampler sampler, Latents noise, String spacing, int steps) {
        float[] phase = new float[noise.values().length];
        return sampler.sample(
                        new FakeNetwork(PredictionType.V_PREDICTION, phase),
                        noise,
                        configuration(spacing),
                        steps,
                        StepListener.none())
                .values();
    }
}
