package dev.darkroom.diffusion.metric;

/** Features by a formula that NumPy computes alike. */
final class Features {
    private Features() {}

    /** sin(seed + 0.7 i (j + 1) + 0.3 j^2) + 0.25 cos(0.11 i seed) + 0.05 j, as float32. */
    static float[] of(int rows, int dimensions, int seed) {
        float[] values = new float[rows * dimensions];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < dimensions; j++) {
                values[i * dimensions + j] =
                        (float)
                                (Math.sin(seed + i * (j + 1) * 0.7 + j * j * 0.3)
                                        + 0.25 * Math.cos(i * 0.11 * seed)
                                        + 0.05 * j);
            }
        }
        return values;
    }
}
