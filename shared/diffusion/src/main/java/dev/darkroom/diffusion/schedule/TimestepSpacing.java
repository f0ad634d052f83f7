package dev.darkroom.diffusion.schedule;

/**
 * How inference steps are spread over training time (Lin et al. 2023, arXiv:2305.08891, table 2).
 */
public enum TimestepSpacing {
    /** Evenly from the last timestep to 0, both included. */
    LINSPACE {
        @Override
        double[] descending(int trainSteps, int steps, int offset) {
            double[] timesteps = new double[steps];
            double step = (trainSteps - 1.0) / Math.max(1, steps - 1);
            for (int i = 0; i < steps; i++) {
                timesteps[steps - 1 - i] = i * step;
            }
            if (steps > 1) {
                timesteps[0] = trainSteps - 1;
            }
            return timesteps;
        }
    },
    /** Whole strides from 0, and the offset added: stays below the last timestep. */
    LEADING {
        @Override
        double[] descending(int trainSteps, int steps, int offset) {
            double[] timesteps = new double[steps];
            int stride = trainSteps / steps;
            for (int i = 0; i < steps; i++) {
                timesteps[steps - 1 - i] = (double) i * stride + offset;
            }
            return timesteps;
        }
    },
    /**
     * Strides down from the last timestep.
     *
     * <p>For a few step counts (61, 103, 121, ...) rounding makes numpy's arange, and so diffusers,
     * return one timestep more, which is -1. Here there are as many as were asked for.
     */
    TRAILING {
        @Override
        double[] descending(int trainSteps, int steps, int offset) {
            double[] timesteps = new double[steps];
            double stride = (double) trainSteps / steps;
            for (int i = 0; i < steps; i++) {
                timesteps[i] = Math.rint(trainSteps - i * stride) - 1;
            }
            return timesteps;
        }
    };

    /**
     * Timesteps in the order of denoising, not rounded.
     *
     * @param offset added by {@link #LEADING} only
     */
    abstract double[] descending(int trainSteps, int steps, int offset);
}
