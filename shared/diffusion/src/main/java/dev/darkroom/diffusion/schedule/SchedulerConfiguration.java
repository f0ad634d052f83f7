package dev.darkroom.diffusion.schedule;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A checkpoint's {@code scheduler_config.json}, read as diffusers 0.36 reads it with {@code
 * XScheduler.from_config}: for each of the three schedulers that Darkroom's samplers stand for, the
 * options that the file has are used, those that it lacks have the default of that class, and those
 * of other classes are passed over.
 *
 * <p>Every option that changes a result is followed, or refused here by its name.
 */
public final class SchedulerConfiguration {
    private static final int MOST_TIMESTEPS = 100_000;

    private final PredictionType predictionType;
    private final DdimOptions ddim;
    private final EulerOptions euler;
    private final DpmSolverOptions dpmSolver;

    private SchedulerConfiguration(
            PredictionType predictionType,
            DdimOptions ddim,
            EulerOptions euler,
            DpmSolverOptions dpmSolver) {
        this.predictionType = predictionType;
        this.ddim = ddim;
        this.euler = euler;
        this.dpmSolver = dpmSolver;
    }

    /**
     * @throws IllegalArgumentException naming the option, where it has a value that no sampler here
     *     can follow
     */
    public static SchedulerConfiguration of(Map<String, ?> values) {
        Options options = new Options(values);
        for (String name : new String[] {"use_exponential_sigmas", "use_beta_sigmas"}) {
            if (options.flag(name, false)) {
                throw options.refusal(name, "not followed");
            }
        }
        PredictionType prediction =
                switch (options.text("prediction_type", "epsilon")) {
                    case "epsilon" -> PredictionType.EPSILON;
                    case "v_prediction" -> PredictionType.V_PREDICTION;
                    case "sample" -> PredictionType.SAMPLE;
                    default ->
                            throw options.refusal(
                                    "prediction_type", "must be epsilon, v_prediction or sample");
                };
        boolean zeroSnr = options.flag("rescale_betas_zero_snr", false);
        NoiseTable table = table(options, zeroSnr);
        NoiseTable finite = zeroSnr ? table.withFiniteSigmas() : table;
        int offset = options.integer("steps_offset", 0, 0, table.size());
        boolean cosine = options.text("beta_schedule", "linear").equals("squaredcos_cap_v2");
        Clamp threshold = threshold(options);
        return new SchedulerConfiguration(
                prediction,
                DdimOptions.of(options, table, offset, threshold),
                EulerOptions.of(options, finite, offset, prediction),
                DpmSolverOptions.of(options, finite, offset, cosine, threshold));
    }

    private static NoiseTable table(Options options, boolean zeroSnr) {
        int size = options.integer("num_train_timesteps", 1000, 2, MOST_TIMESTEPS);
        double start = options.number("beta_start", 0.0001);
        double end = options.number("beta_end", 0.02);
        Optional<float[]> trained = options.numbers("trained_betas");
        String source = trained.isPresent() ? "trained_betas" : "beta_schedule";
        float[] betas;
        if (trained.isPresent()) {
            betas = trained.get();
        } else {
            betas =
                    switch (options.text("beta_schedule", "linear")) {
                        case "linear" -> NoiseTable.linearBetas(start, end, size, false);
                        case "scaled_linear" -> NoiseTable.linearBetas(start, end, size, true);
                        case "squaredcos_cap_v2" -> NoiseTable.cosineBetas(size);
                        default ->
                                throw options.refusal(
                                        "beta_schedule",
                                        "must be linear, scaled_linear or squaredcos_cap_v2");
                    };
        }
        if (betas.length != size) {
            throw options.refusal("trained_betas", "must have num_train_timesteps numbers");
        }
        for (float beta : betas) {
            if (!(beta >= 0 && beta < 1)) {
                throw options.refusal(
                        source, "its betas must be from 0 to below 1, one is " + beta);
            }
        }
        NoiseTable table = NoiseTable.ofBetas(betas, zeroSnr);
        if (table.alphaCumprod(0) == 1) {
            throw options.refusal(source, "its first timestep has no noise");
        }
        if (!zeroSnr && table.alphaCumprod(size - 1) == 0) {
            throw options.refusal(source, "its last timestep has no signal");
        }
        return table;
    }

    private static Clamp threshold(Options options) {
        if (!options.flag("thresholding", false)) {
            return new Clamp.None();
        }
        double ratio = options.number("dynamic_thresholding_ratio", 0.995);
        double maximum = options.number("sample_max_value", 1);
        if (ratio < 0 || ratio > 1) {
            throw options.refusal("dynamic_thresholding_ratio", "must be 0..1");
        }
        if (maximum <= 0) {
            throw options.refusal("sample_max_value", "must be positive");
        }
        return new Clamp.Threshold(ratio, maximum);
    }

    static TimestepSpacing spacing(Options options, TimestepSpacing absent) {
        return switch (options.text("timestep_spacing", "")) {
            case "" -> absent;
            case "linspace" -> TimestepSpacing.LINSPACE;
            case "leading" -> TimestepSpacing.LEADING;
            case "trailing" -> TimestepSpacing.TRAILING;
            default ->
                    throw options.refusal(
                            "timestep_spacing", "must be linspace, leading or trailing");
        };
    }

    static boolean endsAtZero(Options options) {
        return switch (options.text("final_sigmas_type", "zero")) {
            case "zero" -> true;
            case "sigma_min" -> false;
            default -> throw options.refusal("final_sigmas_type", "must be zero or sigma_min");
        };
    }

    static OptionalDouble sigmaBound(Options options, String name) {
        OptionalDouble bound = options.number(name);
        if (bound.isPresent() && !(bound.getAsDouble() > 0 && bound.getAsDouble() < 1e6)) {
            throw options.refusal(name, "must be positive");
        }
        return bound;
    }

    /** What the network predicts. */
    public PredictionType predictionType() {
        return predictionType;
    }

    public DdimOptions ddim() {
        return ddim;
    }

    public EulerOptions euler() {
        return euler;
    }

    public DpmSolverOptions dpmSolver() {
        return dpmSolver;
    }
}
