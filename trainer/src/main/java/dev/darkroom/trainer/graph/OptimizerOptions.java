package dev.darkroom.trainer.graph;

/**
 * Options of {@link AdamW}.
 *
 * @param beta1 decay of the mean of gradients
 * @param beta2 decay of the mean of squared gradients
 * @param epsilon added to the root of the latter
 * @param weightDecay taken from a weight each step, times the learning rate; not from biases, norms
 *     and embeddings
 * @param clipNorm largest norm of all gradients together; longer ones are shortened to it
 * @param accumulation batches whose gradients are averaged before a step
 * @param average whether an exponential moving average of the parameters is kept
 */
public record OptimizerOptions(
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        double clipNorm,
        int accumulation,
        boolean average) {
    public OptimizerOptions {
        requireWithin("beta1", beta1, 0, 1);
        requireWithin("beta2", beta2, 0, 1);
        requireWithin("epsilon", epsilon, Double.MIN_VALUE, 1);
        requireWithin("weightDecay", weightDecay, 0, 1);
        requireWithin("clipNorm", clipNorm, Double.MIN_VALUE, Double.MAX_VALUE);
        if (accumulation < 1) {
            throw new IllegalArgumentException(
                    "accumulation is " + accumulation + ", must be positive");
        }
    }

    private static void requireWithin(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", must be " + least + ".." + most);
        }
    }
}
