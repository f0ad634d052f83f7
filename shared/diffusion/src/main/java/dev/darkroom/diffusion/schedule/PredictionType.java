package dev.darkroom.diffusion.schedule;

/** What a network was trained to predict. */
public enum PredictionType {
    /** The noise. */
    EPSILON {
        @Override
        public double clean(double noisy, double prediction, double alpha, double sigma) {
            return (noisy - sigma * prediction) / alpha;
        }
    },
    /** alpha * noise - sigma * clean (Salimans and Ho 2022, arXiv:2202.00512). */
    V_PREDICTION {
        @Override
        public double clean(double noisy, double prediction, double alpha, double sigma) {
            return alpha * noisy - sigma * prediction;
        }
    },
    /** The clean latents. */
    SAMPLE {
        @Override
        public double clean(double noisy, double prediction, double alpha, double sigma) {
            return prediction;
        }
    };

    /**
     * The clean value that follows from a prediction.
     *
     * @param noisy alpha * clean + sigma * noise
     */
    public abstract double clean(double noisy, double prediction, double alpha, double sigma);
}
