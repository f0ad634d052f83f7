package dev.darkroom.diffusion.schedule;

/**
 * How much of the signal is left at each training timestep: alphaCumprod, float32 as diffusers
 * holds it, falling.
 */
public final class NoiseTable {
    /** What diffusers puts in place of a zero so that sigma stays finite. */
    private static final float NEARLY_ZERO = 0x1p-24f;

    private static final double LARGEST_COSINE_BETA = 0.999;

    private final float[] alphasCumprod;

    private NoiseTable(float[] alphasCumprod) {
        this.alphasCumprod = alphasCumprod;
    }

    static NoiseTable ofBetas(float[] betas, boolean rescaleToZeroSnr) {
        float[] kept = cumprod(betas);
        return new NoiseTable(rescaleToZeroSnr ? cumprod(rescaled(kept)) : kept);
    }

    /**
     * Betas on a line; with {@code scaled} their square roots are. From both ends to the middle, as
     * PyTorch's linspace does: so the whole table is the same to the last bit.
     */
    static float[] linearBetas(double start, double end, int count, boolean scaled) {
        float first = (float) (scaled ? Math.sqrt(start) : start);
        float last = (float) (scaled ? Math.sqrt(end) : end);
        float step = (last - first) / (count - 1);
        float[] betas = new float[count];
        for (int i = 0; i < count; i++) {
            float value =
                    i < count / 2 ? Math.fma(step, i, first) : Math.fma(-step, count - 1 - i, last);
            betas[i] = scaled ? value * value : value;
        }
        return betas;
    }

    /** Nichol and Dhariwal 2021 (arXiv:2102.09672), equation 17. */
    static float[] cosineBetas(int count) {
        float[] betas = new float[count];
        for (int i = 0; i < count; i++) {
            double kept = cosine((double) (i + 1) / count) / cosine((double) i / count);
            betas[i] = (float) Math.min(1 - kept, LARGEST_COSINE_BETA);
        }
        return betas;
    }

    private static double cosine(double time) {
        double value = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
        return value * value;
    }

    private static float[] cumprod(float[] betas) {
        float[] products = new float[betas.length];
        double product = 1;
        for (int i = 0; i < betas.length; i++) {
            product *= 1f - betas[i];
            products[i] = (float) product;
        }
        return products;
    }

    /** Betas with which the last timestep is pure noise: arXiv:2305.08891, algorithm 1. */
    private static float[] rescaled(float[] alphasCumprod) {
        int count = alphasCumprod.length;
        float first = (float) Math.sqrt(alphasCumprod[0]);
        float last = (float) Math.sqrt(alphasCumprod[count - 1]);
        float factor = first / (first - last);
        float[] squares = new float[count];
        for (int i = 0; i < count; i++) {
            float root = ((float) Math.sqrt(alphasCumprod[i]) - last) * factor;
            squares[i] = root * root;
        }
        float[] betas = new float[count];
        betas[0] = 1 - squares[0];
        for (int i = 1; i < count; i++) {
            betas[i] = 1 - squares[i] / squares[i - 1];
        }
        return betas;
    }

    /** T, the number of training timesteps. */
    public int size() {
        return alphasCumprod.length;
    }

    /**
     * @param timestep 0..T-1
     */
    public float alphaCumprod(int timestep) {
        return alphasCumprod[timestep];
    }

    /** sqrt((1 - alphaCumprod) / alphaCumprod); infinite at zero SNR. */
    float sigma(int timestep) {
        float kept = alphasCumprod[timestep];
        return (float) Math.sqrt((1 - kept) / kept);
    }

    /** Sigma between timesteps, on a line; beyond the table's ends the value there. */
    double interpolatedSigma(double timestep) {
        double inside = Math.max(0, Math.min(size() - 1, timestep));
        int below = Math.min((int) inside, size() - 2);
        return sigma(below) + (inside - below) * ((double) sigma(below + 1) - sigma(below));
    }

    /** The timestep with this sigma, interpolated on log sigma; fractional. */
    double timestepOf(double sigma) {
        double wanted = Math.log(Math.max(sigma, 1e-10));
        int low = 0;
        int high = size() - 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (wanted >= (float) Math.log(sigma(middle))) {
                low = middle;
            } else {
                high = middle;
            }
        }
        float lowLog = (float) Math.log(sigma(low));
        float highLog = (float) Math.log(sigma(high));
        double weight = Math.max(0, Math.min(1, (lowLog - wanted) / (lowLog - highLog)));
        return (1 - weight) * low + weight * high;
    }

    /** The same table with its last value replaced, whatever it is, by a nearly zero one. */
    NoiseTable withFiniteSigmas() {
        float[] values = alphasCumprod.clone();
        values[values.length - 1] = NEARLY_ZERO;
        return new NoiseTable(values);
    }
}
