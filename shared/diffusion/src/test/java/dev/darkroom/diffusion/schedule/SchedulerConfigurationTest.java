package dev.darkroom.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.testing.Goldens;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerConfigurationTest {
    private static final Map<String, Object> STABLE_DIFFUSION =
            Map.of(
                    "beta_schedule",
                    "scaled_linear",
                    "beta_start",
                    0.00085,
                    "beta_end",
                    0.012,
                    "set_alpha_to_one",
                    false,
                    "clip_sample",
                    false,
                    "steps_offset",
                    1);

    private static SchedulerConfiguration with(String name, Object value) {
        Map<String, Object> options = new HashMap<>(STABLE_DIFFUSION);
        options.put(name, value);
        return SchedulerConfiguration.of(options);
    }

    @Test
    void holdsTheNoiseTableOfDiffusersToTheLastBit() {
        try (Goldens goldens = Goldens.open("schedulers")) {
            NoiseTable table = SchedulerConfiguration.of(STABLE_DIFFUSION).ddim().table();
            assertThat(values(table)).isEqualTo(goldens.floats("alphas_cumprod"));
            NoiseTable zero = with("rescale_betas_zero_snr", true).ddim().table();
            // PyTorch's vectorised square root is not the nearest float everywhere.
            assertThat(Goldens.maxDifference(values(zero), goldens.floats("alphas_cumprod_zsnr")))
                    .isLessThan(2e-7);
            assertThat(zero.alphaCumprod(999)).isZero();
        }
    }

    private static float[] values(NoiseTable table) {
        float[] values = new float[table.size()];
        for (int t = 0; t < values.length; t++) {
            values[t] = table.alphaCumprod(t);
        }
        return values;
    }

    @Test
    void takesTheDefaultsOfEachDiffusersClass() {
        SchedulerConfiguration none = SchedulerConfiguration.of(Map.of());
        assertThat(none.predictionType()).isEqualTo(PredictionType.EPSILON);
        assertThat(none.ddim().spacing()).isEqualTo(TimestepSpacing.LEADING);
        assertThat(none.ddim().stepsOffset()).isZero();
        assertThat(none.ddim().finalAlphaCumprod()).isEqualTo(1);
        assertThat(none.ddim().clamp()).isEqualTo(new Clamp.Range(1));
        assertThat(none.euler().spacing()).isEqualTo(TimestepSpacing.LINSPACE);
        assertThat(none.euler().karras()).isFalse();
        assertThat(none.euler().endsAtZero()).isTrue();
        assertThat(none.dpmSolver().spacing()).isEqualTo(TimestepSpacing.LINSPACE);
        assertThat(none.dpmSolver().order()).isEqualTo(2);
        assertThat(none.dpmSolver().clamp()).isEqualTo(new Clamp.None());
    }

    @Test
    void takesNullForLeftOut() {
        Map<String, Object> options = new HashMap<>(STABLE_DIFFUSION);
        options.put("trained_betas", null);
        options.put("sigma_min", null);
        assertThat(SchedulerConfiguration.of(options).euler().sigmaMin()).isEmpty();
    }

    @Test
    void readsAnInfinityThatJsonCarriesAsText() {
        assertThat(with("lambda_min_clipped", "-Infinity").dpmSolver().lambdaMinClipped())
                .isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(with("lambda_min_clipped", -5.1).dpmSolver().lambdaMinClipped()).isEqualTo(-5.1);
    }

    @ParameterizedTest
    @CsvSource({
        "skip_prk_steps, true",
        "_class_name, PNDMScheduler",
        "_diffusers_version, 0.6.0",
        "predict_x0, true",
        "use_lu_lambdas, true",
        "variance_type, fixed_small",
        "solver_type, bh2",
        "algorithm_type, deis",
        "timestep_scaling, 10",
    })
    void passesOverWhatChangesNothingHere(String name, String value) {
        boolean flag = value.equals("true");
        assertThat(with(name, flag ? true : value).predictionType())
                .isEqualTo(PredictionType.EPSILON);
    }

    @ParameterizedTest
    @CsvSource({
        "prediction_type, flow_prediction",
        "prediction_type, original_sample",
        "beta_schedule, sigmoid",
        "timestep_spacing, random",
        "interpolation_type, cubic",
        "timestep_type, other",
        "final_sigmas_type, other",
        "algorithm_type, sde-dpmsolver++",
        "algorithm_type, dpmsolver",
        "solver_type, euler",
        "variance_type, learned_range",
        "clip_sample, maybe",
        "beta_start, much",
        "steps_offset, one",
    })
    void refusesByNameWhatItCannotFollow(String name, String value) {
        assertThatThrownBy(() -> with(name, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("scheduler option " + name + " is " + value + ": ");
    }

    @ParameterizedTest
    @CsvSource({"use_exponential_sigmas", "use_beta_sigmas", "use_flow_sigmas"})
    void refusesOtherSigmas(String name) {
        assertThatThrownBy(() -> with(name, true)).hasMessageContaining(name);
        assertThat(with(name, false).euler().karras()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "num_train_timesteps, 1",
        "num_train_timesteps, 2000000000",
        "num_train_timesteps, 10.5",
        "steps_offset, -1",
        "solver_order, 4",
        "sigma_max, -1",
        "beta_end, 2",
        "beta_start, -1",
        "beta_start, NaN",
    })
    void refusesNumbersOutOfBounds(String name, double value) {
        assertThatThrownBy(() -> with(name, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("scheduler option ");
    }

    @Test
    void refusesTrainedBetasOfAnotherLength() {
        assertThatThrownBy(() -> with("trained_betas", List.of(0.1, 0.2)))
                .hasMessageContaining("trained_betas")
                .hasMessageContaining("num_train_timesteps");
        assertThatThrownBy(() -> with("trained_betas", List.of("a")))
                .hasMessageContaining("trained_betas");
    }

    @ParameterizedTest
    @CsvSource({"1000, 1", "1001, 0", "0, 0"})
    void refusesStepsThatDdimHasNoTimestepsFor(int steps, int offset) {
        DdimOptions options = with("steps_offset", offset).ddim();
        assertThatThrownBy(() -> options.timesteps(steps))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("steps is " + steps);
    }
}
