package dev.darkroom.trainer.graph;

/**
 * What an autoencoder is trained to make small, each a mean over all values of the pictures.
 *
 * @param absolute weight of the absolute error of the reconstruction
 * @param square weight of its square
 * @param divergence weight of the Kullback-Leibler divergence from the normal distribution, per
 *     value of the picture
 */
public record VaeLoss(double absolute, double square, double divergence) {
    public VaeLoss {
        if (!(absolute >= 0 && square >= 0 && divergence >= 0) || absolute + square <= 0) {
            throw new IllegalArgumentException(
                    "weights of the loss are "
                            + absolute
                            + ", "
                            + square
                            + ", "
                            + divergence
                            + ", must not be negative, and one of the first two positive");
        }
    }
}
