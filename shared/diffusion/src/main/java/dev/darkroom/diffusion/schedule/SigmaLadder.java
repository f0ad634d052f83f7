package dev.darkroom.diffusion.schedule;

/**
 * The sigmas that a sampler walks down, float32 as diffusers holds them, each with the timestep at
 * which the network knows that much noise. Step i goes from sigma i to sigma i + 1.
 */
public final class SigmaLadder {
    /** Karras et al. 2022 (arXiv:2206.00364), equation 5. */
    private static final double RHO = 7;

    private final double[] timesteps;
    private final float[] sigmas;

    SigmaLadder(double[] timesteps, double[] sigmas, double last) {
        this.timesteps = timesteps;
        this.sigmas = new float[sigmas.length + 1];
        for (int i = 0; i < sigmas.length; i++) {
            this.sigmas[i] = (float) sigmas[i];
        }
        this.sigmas[sigmas.length] = (float) last;
    }

    static void requireSteps(int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("steps is " + steps + ", must be 1 or more");
        }
    }

    /** Sigmas from {@code largest} to {@code smallest}, even in sigma^(1/7). */
    static double[] karras(double largest, double smallest, int steps) {
        double top = Math.pow(largest, 1 / RHO);
        double bottom = Math.pow(smallest, 1 / RHO);
        double[] sigmas = new double[steps];
        for (int i = 0; i < steps; i++) {
            double ramp = (double) i / Math.max(1, steps - 1);
            sigmas[i] = Math.pow(top + ramp * (bottom - top), RHO);
        }
        return sigmas;
    }

    public int steps() {
        return timesteps.length;
    }

    public double timestep(int step) {
        return timesteps[step];
    }

    /**
     * @param index 0 to {@link #steps}
     */
    public double sigma(int index) {
        return sigmas[index];
    }

    public double largestSigma() {
        float largest = 0;
        for (float sigma : sigmas) {
            largest = Math.max(largest, sigma);
        }
        return largest;
    }
}
