package dev.darkroom.diffusion.metric;

/**
 * The Frechet distance between two normal distributions (Dowson and Landau 1982), as Heusel et al.
 * 2017 (arXiv:1706.08500) use it on features of pictures: ||mu1 - mu2||^2 + Tr(S1 + S2 - 2 (S1
 * S2)^(1/2)).
 *
 * <p>The trace of the root is the sum of the roots of the eigenvalues of S1 S2. With S1 = F' F
 * those are the eigenvalues of F S2 F', which is symmetric, and F has only as many rows as S1 has
 * rank: fewer pictures than features (a singular covariance) need no added diagonal, and cost less.
 *
 * <p>The distance of finite samples is biased upwards: compare only at the same count.
 */
public final class FrechetDistance {
    private FrechetDistance() {}

    /**
     * @return 0 or more
     * @throws IllegalArgumentException where the dimensions differ
     * @throws IllegalStateException where one has seen fewer than two rows
     */
    public static double between(FeatureStatistics a, FeatureStatistics b) {
        if (a.dimensions() != b.dimensions()) {
            throw new IllegalArgumentException(
                    a.dimensions() + " dimensions do not go with " + b.dimensions());
        }
        double[] meanA = a.mean();
        double[] meanB = b.mean();
        double[][] covarianceA = a.covariance();
        double[][] covarianceB = b.covariance();
        double distance = 0;
        for (int i = 0; i < meanA.length; i++) {
            double difference = meanA[i] - meanB[i];
            distance += difference * difference + covarianceA[i][i] + covarianceB[i][i];
        }
        // The fewer rows a sample has, the lower its rank.
        boolean fewerInA = a.count() <= b.count();
        double[][] factor = SymmetricMatrix.factor(fewerInA ? covarianceA : covarianceB);
        double[][] product =
                SymmetricMatrix.congruent(factor, fewerInA ? covarianceB : covarianceA);
        double root = 0;
        for (double eigenvalue : SymmetricMatrix.eigenvalues(product)) {
            root += Math.sqrt(Math.max(0, eigenvalue));
        }
        return Math.max(0, distance - 2 * root);
    }
}
