package dev.darkroom.diffusion.sampler;

/**
 * How noisy latents are, with the training time at which the network knows that much noise.
 *
 * @param timestep 0..T-1; may be fractional
 * @param alpha signal's share, sqrt(alphaCumprod)
 * @param sigma noise's share, sqrt(1 - alphaCumprod); alpha^2 + sigma^2 = 1. (The field's
 *     variance-exploding "sigma" is {@link #ratio}.)
 */
public record NoiseLevel(double timestep, double alpha, double sigma) {
    static NoiseLevel ofAlphaCumprod(double timestep, double alphaCumprod) {
        return new NoiseLevel(timestep, Math.sqrt(alphaCumprod), Math.sqrt(1 - alphaCumprod));
    }

    /**
     * @param ratio sigma of Karras et al., 0 or more
     */
    static NoiseLevel ofRatio(double timestep, double ratio) {
        double alpha = 1 / Math.hypot(ratio, 1);
        return new NoiseLevel(timestep, alpha, ratio * alpha);
    }

    /**
     * sqrt((1 - alphaCumprod) / alphaCumprod): the sigma of Karras et al.; infinite at zero SNR.
     */
    public double ratio() {
        return sigma / alpha;
    }
}
