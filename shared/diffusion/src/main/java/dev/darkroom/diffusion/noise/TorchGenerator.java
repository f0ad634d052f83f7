package dev.darkroom.diffusion.noise;

/**
 * The random numbers of PyTorch's CPU generator: the 32-bit Mersenne Twister of Matsumoto and
 * Nishimura (1998), and normal numbers from it by Box and Muller (1958), in the order in which
 * PyTorch takes them.
 *
 * <p>PyTorch draws normal numbers in two ways. From 16 numbers on it fills the array with uniform
 * floats of 24 bits and transforms them in blocks of 16, number j with number j + 8; where the size
 * is no multiple of 16 it draws the last 16 anew. Below 16 it draws doubles of 53 bits one by one
 * and keeps the second number of each pair for the next small draw. (ATen: {@code normal_fill} in
 * native/cpu/DistributionTemplates.h, {@code normal_distribution} in core/DistributionsHelper.h.)
 * PyTorch's vectorised logarithm, sine and cosine differ between processors in the last bit, so its
 * numbers are met to within 1e-6 and most of them bit by bit.
 */
public final class TorchGenerator {
    private static final int SIZE = 624;
    private static final int SHIFT = 397;
    private static final int BLOCK = 16;
    private static final double TWO_PI = 2 * Math.PI;

    private final int[] state = new int[SIZE];
    private int next = SIZE;
    private double keptNormal = Double.NaN;

    /**
     * As {@code torch.Generator('cpu').manual_seed(seed)}, which uses the low 32 bits of the seed.
     */
    public TorchGenerator(long seed) {
        state[0] = (int) seed;
        for (int i = 1; i < SIZE; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /** As {@code torch.randn(count, generator=...)}: float32, in PyTorch's order. */
    public float[] randn(int count) {
        float[] values = new float[count];
        if (count < BLOCK) {
            for (int i = 0; i < count; i++) {
                values[i] = (float) nextNormal();
            }
            return values;
        }
        for (int i = 0; i < count; i++) {
            values[i] = nextFloat();
        }
        for (int from = 0; from + BLOCK <= count; from += BLOCK) {
            transform(values, from);
        }
        if (count % BLOCK != 0) {
            for (int i = count - BLOCK; i < count; i++) {
                values[i] = nextFloat();
            }
            transform(values, count - BLOCK);
        }
        return values;
    }

    /**
     * Sixteen uniform numbers to sixteen normal ones, rounded to float32 after every operation as
     * PyTorch does: the angle's rounding alone shows in the sixth decimal.
     */
    private static void transform(float[] values, int from) {
        for (int j = from; j < from + BLOCK / 2; j++) {
            float radius = (float) Math.sqrt(-2 * (float) Math.log(1 - values[j]));
            float theta = (float) TWO_PI * values[j + BLOCK / 2];
            values[j] = radius * (float) Math.cos(theta);
            values[j + BLOCK / 2] = radius * (float) Math.sin(theta);
        }
    }

    private double nextNormal() {
        if (!Double.isNaN(keptNormal)) {
            double kept = keptNormal;
            keptNormal = Double.NaN;
            return kept;
        }
        double first = nextDouble();
        double second = nextDouble();
        double radius = Math.sqrt(-2 * Math.log1p(-second));
        double theta = TWO_PI * first;
        keptNormal = radius * Math.sin(theta);
        return radius * Math.cos(theta);
    }

    /** 0 (inclusive) to 1 (exclusive), 24 bits. */
    private float nextFloat() {
        return (nextInt() & 0xffffff) * 0x1p-24f;
    }

    /** 0 (inclusive) to 1 (exclusive), 53 bits. */
    private double nextDouble() {
        long high = nextInt();
        long low = nextInt() & 0xffffffffL;
        return ((high << 32 | low) & ((1L << 53) - 1)) * 0x1p-53;
    }

    private int nextInt() {
        if (next == SIZE) {
            twist();
        }
        int y = state[next++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    private void twist() {
        for (int i = 0; i < SIZE; i++) {
            int following = state[(i + 1) % SIZE];
            int mixed = (state[i] & 0x80000000) | (following & 0x7fffffff);
            int odd = (following & 1) == 0 ? 0 : 0x9908b0df;
            state[i] = state[(i + SHIFT) % SIZE] ^ (mixed >>> 1) ^ odd;
        }
        next = 0;
    }
}
