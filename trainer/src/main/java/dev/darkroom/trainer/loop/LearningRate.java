package dev.darkroom.trainer.loop;

/**
 * A learning rate that rises on a line and then falls on half a cosine (Loshchilov and Hutter 2017,
 * arXiv:1608.03983, equation 5 without restarts).
 *
 * @param peak the highest, at the end of the warm-up
 * @param warmUp steps until there
 * @param steps in all
 * @param floor share of the peak that is left at the end
 */
public record LearningRate(double peak, long warmUp, long steps, double floor) {
    public LearningRate {
        if (!(peak > 0)) {
            throw new IllegalArgumentException("peak is " + peak + ", must be positive");
        }
        if (warmUp < 0 || steps < 1) {
            throw new IllegalArgumentException(
                    "a rate over " + steps + " steps with " + warmUp + " to warm up");
        }
        if (!(floor >= 0 && floor <= 1)) {
            throw new IllegalArgumentException("floor is " + floor + ", must be 0..1");
        }
    }

    /**
     * @param step from 0
     */
    public double at(long step) {
        if (step < warmUp) {
            return peak * (step + 1) / warmUp;
        }
        double done = Math.min(1, (double) (step - warmUp) / Math.max(1, steps - warmUp));
        return peak * (floor + (1 - floor) * (1 + Math.cos(Math.PI * done)) / 2);
    }
}
