package dev.darkroom.diffusion.schedule;

import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * What diffusers' DPMSolverMultistepScheduler reads.
 *
 * @param order 1 to 3
 * @param heun the second-order step is Heun's, not the midpoint's
 * @param lambdaMinClipped log(alpha / sigma) below which no timestep is taken, unless sigmas are
 *     Karras's
 * @param wholeTimesteps timesteps of Karras's sigmas are rounded; otherwise their fraction is cut
 * @param endsAtZero the last sigma is 0, not the table's smallest
 */
public record DpmSolverOptions(
        NoiseTable table,
        TimestepSpacing spacing,
        int stepsOffset,
        int order,
        boolean heun,
        boolean lowerOrderFinal,
        boolean eulerAtFinal,
        double lambdaMinClipped,
        boolean wholeTimesteps,
        boolean endsAtZero,
        OptionalDouble sigmaMin,
        OptionalDouble sigmaMax,
        Clamp clamp) {
    /** Below this many steps, the last ones may be of lower order. */
    private static final int FEW_STEPS = 15;

    static DpmSolverOptions of(
            Options options, NoiseTable table, int stepsOffset, boolean cosine, Clamp threshold) {
        switch (options.text("algorithm_type", "dpmsolver++")) {
            case "dpmsolver++", "deis" -> {}
            default ->
                    throw options.refusal(
                            "algorithm_type", "only dpmsolver++ is followed (and deis, as it)");
        }
        boolean heun =
                switch (options.text("solver_type", "midpoint")) {
                    case "midpoint", "logrho", "bh1", "bh2" -> false;
                    case "heun" -> true;
                    default -> throw options.refusal("solver_type", "must be midpoint or heun");
                };
        if (options.flag("use_flow_sigmas", false)) {
            throw options.refusal("use_flow_sigmas", "flow matching is not followed");
        }
        if (options.text("variance_type", "").startsWith("learned")) {
            throw options.refusal("variance_type", "learned variances are not followed");
        }
        return new DpmSolverOptions(
                table,
                SchedulerConfiguration.spacing(options, TimestepSpacing.LINSPACE),
                stepsOffset,
                options.integer("solver_order", 2, 1, 3),
                heun,
                options.flag("lower_order_final", true),
                options.flag("euler_at_final", false),
                options.number("lambda_min_clipped").orElse(Double.NEGATIVE_INFINITY),
                !cosine,
                SchedulerConfiguration.endsAtZero(options),
                SchedulerConfiguration.sigmaBound(options, "sigma_min"),
                SchedulerConfiguration.sigmaBound(options, "sigma_max"),
                threshold);
    }

    /**
     * @throws IllegalArgumentException where steps is not positive
     */
    public SigmaLadder ladder(int steps, boolean karras) {
        SigmaLadder.requireSteps(steps);
        double[] timesteps;
        double[] sigmas;
        if (karras) {
            double largest = sigmaMax.orElse(table.sigma(table.size() - 1));
            sigmas = SigmaLadder.karras(largest, sigmaMin.orElse(table.sigma(0)), steps);
            timesteps = new double[steps];
            for (int i = 0; i < steps; i++) {
                double timestep = table.timestepOf(sigmas[i]);
                timesteps[i] = wholeTimesteps ? Math.rint(timestep) : Math.floor(timestep);
            }
        } else {
            timesteps = spaced(steps);
            sigmas = new double[timesteps.length];
            for (int i = 0; i < sigmas.length; i++) {
                sigmas[i] = table.interpolatedSigma(timesteps[i]);
            }
        }
        return new SigmaLadder(timesteps, sigmas, endsAtZero ? 0 : table.sigma(0));
    }

    private double[] spaced(int steps) {
        int reach = table.size();
        while (reach > 1 && -Math.log(table.sigma(reach - 1)) < lambdaMinClipped) {
            reach--;
        }
        double[] timesteps;
        if (spacing == TimestepSpacing.TRAILING) {
            int skipped = table.size() - reach;
            timesteps = spacing.descending(table.size(), steps, 0);
            timesteps =
                    Arrays.stream(timesteps)
                            .map(timestep -> timestep - skipped)
                            .filter(timestep -> timestep >= 0)
                            .toArray();
        } else {
            timesteps = Arrays.copyOf(spacing.descending(reach, steps + 1, stepsOffset), steps);
        }
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = Math.rint(timesteps[i]);
        }
        return timesteps;
    }

    /**
     * The order of a step.
     *
     * @param step from 0
     */
    public int orderOf(int step, int steps) {
        boolean few = lowerOrderFinal && steps < FEW_STEPS;
        if (step == steps - 1 && (eulerAtFinal || few || endsAtZero)) {
            return 1;
        }
        int most = step == steps - 2 && few ? 2 : order;
        return Math.min(Math.min(most, order), step + 1);
    }
}
