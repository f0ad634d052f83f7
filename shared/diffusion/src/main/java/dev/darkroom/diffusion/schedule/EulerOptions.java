package dev.darkroom.diffusion.schedule;

import java.util.OptionalDouble;

/**
 * What diffusers' EulerDiscreteScheduler reads.
 *
 * @param logLinear sigmas even in their logarithm, not taken at the timesteps
 * @param continuous the network is told log(sigma) / 4 for a time
 * @param endsAtZero the last sigma is 0, not the table's smallest
 */
public record EulerOptions(
        NoiseTable table,
        TimestepSpacing spacing,
        int stepsOffset,
        boolean karras,
        boolean logLinear,
        boolean continuous,
        boolean endsAtZero,
        OptionalDouble sigmaMin,
        OptionalDouble sigmaMax) {

    static EulerOptions of(
            Options options, NoiseTable table, int stepsOffset, PredictionType prediction) {
        String interpolation = options.text("interpolation_type", "linear");
        if (!interpolation.equals("linear") && !interpolation.equals("log_linear")) {
            throw options.refusal("interpolation_type", "must be linear or log_linear");
        }
        String timestepType = options.text("timestep_type", "discrete");
        if (!timestepType.equals("discrete") && !timestepType.equals("continuous")) {
            throw options.refusal("timestep_type", "must be discrete or continuous");
        }
        return new EulerOptions(
                table,
                SchedulerConfiguration.spacing(options, TimestepSpacing.LINSPACE),
                stepsOffset,
                options.flag("use_karras_sigmas", false),
                interpolation.equals("log_linear"),
                timestepType.equals("continuous") && prediction == PredictionType.V_PREDICTION,
                SchedulerConfiguration.endsAtZero(options),
                SchedulerConfiguration.sigmaBound(options, "sigma_min"),
                SchedulerConfiguration.sigmaBound(options, "sigma_max"));
    }

    /**
     * @throws IllegalArgumentException where steps is not positive
     */
    public SigmaLadder ladder(int steps) {
        SigmaLadder.requireSteps(steps);
        double[] timesteps = spacing.descending(table.size(), steps, stepsOffset);
        for (int i = 0; i < steps; i++) {
            timesteps[i] = (float) timesteps[i];
        }
        double[] sigmas = logLinear ? evenInLogarithm(steps) : atTimesteps(timesteps);
        if (karras) {
            sigmas =
                    SigmaLadder.karras(
                            sigmaMax.orElse(sigmas[0]),
                            sigmaMin.orElse(sigmas[sigmas.length - 1]),
                            steps);
            for (int i = 0; i < steps; i++) {
                timesteps[i] = (float) table.timestepOf(sigmas[i]);
            }
        }
        if (continuous) {
            for (int i = 0; i < steps; i++) {
                timesteps[i] = (float) (0.25 * Math.log(sigmas[i]));
            }
        }
        return new SigmaLadder(timesteps, sigmas, endsAtZero ? 0 : table.sigma(0));
    }

    /**
     * What unit noise is multiplied by. Leading spacing starts below the table's end, where latents
     * still have signal's variance too.
     */
    public double initialScale(SigmaLadder ladder) {
        double largest = ladder.largestSigma();
        return spacing == TimestepSpacing.LEADING ? Math.hypot(largest, 1) : largest;
    }

    private double[] atTimesteps(double[] timesteps) {
        double[] sigmas = new double[timesteps.length];
        for (int i = 0; i < sigmas.length; i++) {
            sigmas[i] = table.interpolatedSigma(timesteps[i]);
        }
        return sigmas;
    }

    /** One more than there are steps: the last step then ends at the table's smallest sigma. */
    private double[] evenInLogarithm(int steps) {
        double top = Math.log(table.sigma(table.size() - 1));
        double bottom = Math.log(table.sigma(0));
        double[] sigmas = new double[steps + 1];
        for (int i = 0; i <= steps; i++) {
            sigmas[i] = Math.exp(top + i * (bottom - top) / steps);
        }
        return sigmas;
    }
}
