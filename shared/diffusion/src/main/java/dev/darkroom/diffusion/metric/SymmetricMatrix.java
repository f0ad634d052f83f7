package dev.darkroom.diffusion.metric;

import java.util.Arrays;

/**
 * What the Frechet distance needs of real symmetric matrices. Rows are walked along memory, so that
 * 2048 x 2048 takes seconds.
 */
final class SymmetricMatrix {
    /** Rows of a product that are worked on together, while they fit into a core's cache. */
    private static final int ROWS_TOGETHER = 8;

    private static final int MOST_ROTATIONS = 60;

    private SymmetricMatrix() {}

    /**
     * F with F' F = the matrix, by Cholesky's method with the largest remaining diagonal element as
     * pivot (Higham 1990, "Analysis of the Cholesky decomposition of a semi-definite matrix"). F
     * has as many rows as the matrix has rank.
     *
     * @param matrix [D, D], positive semi-definite up to rounding
     */
    static double[][] factor(double[][] matrix) {
        int size = matrix.length;
        double[] remaining = new double[size];
        double largest = 0;
        for (int i = 0; i < size; i++) {
            remaining[i] = matrix[i][i];
            largest = Math.max(largest, remaining[i]);
        }
        double negligible = size * Math.ulp(1.0) * largest;
        double[][] rows = new double[size][];
        int rank = 0;
        while (rank < size) {
            int pivot = 0;
            for (int i = 1; i < size; i++) {
                if (remaining[i] > remaining[pivot]) {
                    pivot = i;
                }
            }
            if (!(remaining[pivot] > negligible)) {
                break;
            }
            double[] row = matrix[pivot].clone();
            for (int k = 0; k < rank; k++) {
                addTimes(row, -rows[k][pivot], rows[k], size);
            }
            double scale = 1 / Math.sqrt(remaining[pivot]);
            for (int i = 0; i < size; i++) {
                row[i] *= scale;
                remaining[i] -= row[i] * row[i];
            }
            // Chosen once: what rounding left of it must not be chosen again.
            remaining[pivot] = Double.NEGATIVE_INFINITY;
            rows[rank++] = row;
        }
        return Arrays.copyOf(rows, rank);
    }

    /**
     * F S F'.
     *
     * @param factor F, [R, D]
     * @param matrix S, [D, D], symmetric
     * @return [R, R]
     */
    static double[][] congruent(double[][] factor, double[][] matrix) {
        int rank = factor.length;
        int size = matrix.length;
        double[][] transposed = new double[size][rank];
        for (int i = 0; i < rank; i++) {
            for (int j = 0; j < size; j++) {
                transposed[j][i] = factor[i][j];
            }
        }
        return product(product(factor, matrix, size), transposed, rank);
    }

    private static double[][] product(double[][] a, double[][] b, int columns) {
        double[][] product = new double[a.length][columns];
        for (int from = 0; from < a.length; from += ROWS_TOGETHER) {
            int to = Math.min(a.length, from + ROWS_TOGETHER);
            for (int k = 0; k < b.length; k++) {
                for (int i = from; i < to; i++) {
                    addTimes(product[i], a[i][k], b[k], columns);
                }
            }
        }
        return product;
    }

    private static void addTimes(double[] target, double factor, double[] values, int length) {
        for (int j = 0; j < length; j++) {
            target[j] += factor * values[j];
        }
    }

    /**
     * Eigenvalues in no order: Householder's reduction to a tridiagonal matrix, then the implicit
     * QL iteration (Golub and Van Loan, Matrix Computations, 8.3.1 and 8.3.3).
     *
     * @param matrix symmetric; its lower half is read and overwritten
     */
    static double[] eigenvalues(double[][] matrix) {
        int size = matrix.length;
        double[] diagonal = new double[size];
        double[] beside = new double[size];
        double[] reflector = new double[size];
        double[] image = new double[size];
        for (int k = 0; k < size; k++) {
            diagonal[k] = matrix[k][k];
            if (k + 1 < size) {
                beside[k] = reflect(matrix, k, reflector, image);
            }
        }
        iterate(diagonal, beside);
        return diagonal;
    }

    /** Clears column k below its first element beside the diagonal, and gives that element. */
    private static double reflect(double[][] a, int k, double[] v, double[] p) {
        int size = a.length;
        int first = k + 1;
        double below = 0;
        double largest = 0;
        for (int i = first; i < size; i++) {
            v[i] = a[i][k];
            largest = Math.max(largest, Math.abs(v[i]));
        }
        if (largest == 0) {
            return 0;
        }
        double norm = 0;
        for (int i = first; i < size; i++) {
            v[i] /= largest;
            norm += v[i] * v[i];
            below += i > first ? v[i] * v[i] : 0;
        }
        if (below == 0) {
            return v[first] * largest;
        }
        double alpha = v[first] > 0 ? -Math.sqrt(norm) : Math.sqrt(norm);
        v[first] -= alpha;
        double square = v[first] * v[first] + below;
        Arrays.fill(p, first, size, 0);
        for (int i = first; i < size; i++) {
            double[] row = a[i];
            p[i] += dot(row, v, first, i) + row[i] * v[i];
            double factor = v[i];
            for (int j = first; j < i; j++) {
                p[j] += factor * row[j];
            }
        }
        double half = dot(v, p, first, size) / (square * square) * 2;
        for (int i = first; i < size; i++) {
            p[i] = p[i] * 2 / square - half * v[i];
        }
        for (int i = first; i < size; i++) {
            double[] row = a[i];
            double vi = v[i];
            double pi = p[i];
            for (int j = first; j <= i; j++) {
                row[j] -= vi * p[j] + pi * v[j];
            }
        }
        return alpha * largest;
    }

    /** Four sums at once: one after the other would wait for each addition. */
    private static double dot(double[] a, double[] b, int from, int to) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int j = from;
        for (; j + 3 < to; j += 4) {
            s0 += a[j] * b[j];
            s1 += a[j + 1] * b[j + 1];
            s2 += a[j + 2] * b[j + 2];
            s3 += a[j + 3] * b[j + 3];
        }
        for (; j < to; j++) {
            s0 += a[j] * b[j];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /**
     * @param d the diagonal; becomes the eigenvalues
     * @param e element i stands between i and i + 1; the last is 0
     */
    private static void iterate(double[] d, double[] e) {
        int size = d.length;
        for (int low = 0; low < size; low++) {
            int high = split(d, e, low);
            for (int rotations = 0; high != low; rotations++) {
                if (rotations == MOST_ROTATIONS) {
                    throw new ArithmeticException("the QL iteration does not converge");
                }
                chase(d, e, low, high);
                high = split(d, e, low);
            }
        }
    }

    /** The first place from {@code low} on whose neighbour is as good as cut off. */
    private static int split(double[] d, double[] e, int low) {
        int high = low;
        while (high + 1 < d.length
                && Math.abs(e[high])
                        > Math.ulp(1.0) * (Math.abs(d[high]) + Math.abs(d[high + 1]))) {
            high++;
        }
        return high;
    }

    private static void chase(double[] d, double[] e, int low, int high) {
        double g = (d[low + 1] - d[low]) / (2 * e[low]);
        double r = Math.hypot(g, 1);
        g = d[high] - d[low] + e[low] / (g + Math.copySign(r, g));
        double sine = 1;
        double cosine = 1;
        double shift = 0;
        for (int i = high - 1; i >= low; i--) {
            double f = sine * e[i];
            double b = cosine * e[i];
            r = Math.hypot(f, g);
            e[i + 1] = r;
            if (r == 0) {
                d[i + 1] -= shift;
                e[high] = 0;
                return;
            }
            sine = f / r;
            cosine = g / r;
            g = d[i + 1] - shift;
            r = (d[i] - g) * sine + 2 * cosine * b;
            shift = sine * r;
            d[i + 1] = g + shift;
            g = cosine * r - b;
        }
        d[low] -= shift;
        e[low] = g;
        e[high] = 0;
    }
}
