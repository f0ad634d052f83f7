package dev.darkroom.diffusion.schedule;

/**
 * What diffusers' DDIMScheduler reads.
 *
 * @param finalAlphaCumprod alphaCumprod after the last step
 */
public record DdimOptions(
        NoiseTable table,
        TimestepSpacing spacing,
        int stepsOffset,
        double finalAlphaCumprod,
        Clamp clamp) {

    static DdimOptions of(Options options, NoiseTable table, int stepsOffset, Clamp threshold) {
        Clamp clamp = threshold;
        if (threshold instanceof Clamp.None && options.flag("clip_sample", true)) {
            double range = options.number("clip_sample_range", 1);
            if (range < 0) {
                throw options.refusal("clip_sample_range", "must not be negative");
            }
            clamp = new Clamp.Range(range);
        }
        return new DdimOptions(
                table,
                SchedulerConfiguration.spacing(options, TimestepSpacing.LEADING),
                stepsOffset,
                options.flag("set_alpha_to_one", true) ? 1 : table.alphaCumprod(0),
                clamp);
    }

    /**
     * The timesteps to ask the network at, falling.
     *
     * @throws IllegalArgumentException where the table has no such timesteps
     */
    public int[] timesteps(int steps) {
        if (steps < 1 || steps > table.size()) {
            throw new IllegalArgumentException(
                    "steps is " + steps + ", must be 1.." + table.size() + " with this model");
        }
        double[] spaced = spacing.descending(table.size(), steps, stepsOffset);
        int[] timesteps = new int[steps];
        for (int i = 0; i < steps; i++) {
            timesteps[i] = (int) Math.rint(spaced[i]);
        }
        if (timesteps[0] >= table.size()) {
            throw new IllegalArgumentException(
                    "steps is "
                            + steps
                            + ": with the model's steps_offset of "
                            + stepsOffset
                            + " the first timestep would be "
                            + timesteps[0]
                            + " of "
                            + table.size()
                            + "; ask for fewer steps");
        }
        return timesteps;
    }

    /** alphaCumprod that a step of this many in all goes to from a timestep. */
    public double nextAlphaCumprod(int timestep, int steps) {
        int next = timestep - table.size() / steps;
        return next >= 0 ? table.alphaCumprod(next) : finalAlphaCumprod;
    }
}
