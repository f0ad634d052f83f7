package dev.darkroom.trainer.data;

/**
 * Random numbers that are a function of a few keys, such as (seed, index, draw): the same in every
 * JVM, and keys that differ in one bit give numbers that have nothing in common.
 *
 * <p>SplitMix64 (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators"),
 * written out because what a run draws must not depend on a library's version. Not for many threads
 * at once.
 */
public final class KeyedRandom {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final double ULP = 0x1p-53;

    private long state;

    public KeyedRandom(long... keys) {
        long mixed = 0;
        for (long key : keys) {
            mixed = mix(mixed + GOLDEN_GAMMA ^ mix(key + GOLDEN_GAMMA));
        }
        state = mixed;
    }

    /** The finalizer of SplitMix64: a bijection of 64 bits that leaves no pattern standing. */
    static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    public long nextLong() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /** Uniform in 0..bound-1; the bias is below bound / 2^63. */
    public int nextInt(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("bound is " + bound + ", must be at least 1");
        }
        return (int) ((nextLong() >>> 1) % bound);
    }

    /** Uniform in [0, 1). */
    public double nextDouble() {
        return (nextLong() >>> 11) * ULP;
    }

    /** Standard normal (Box and Muller 1958). */
    public double nextGaussian() {
        double radius = Math.sqrt(-2 * Math.log(1 - nextDouble()));
        return radius * Math.cos(2 * Math.PI * nextDouble());
    }

    /** True with a probability. */
    public boolean chance(double probability) {
        return nextDouble() < probability;
    }
}
