package dev.darkroom.diffusion.metric;

/**
 * How many pictures show what was asked for.
 *
 * @param agreed pictures that do
 * @param asked pictures that were looked at
 */
public record Agreement(int agreed, int asked) {
    private static final double NORMAL_95 = 1.959963984540054;

    public Agreement {
        if (asked < 1 || agreed < 0 || agreed > asked) {
            throw new IllegalArgumentException(agreed + " of " + asked + " agree");
        }
    }

    /** Counts equal elements. */
    public static Agreement of(int[] wanted, int[] seen) {
        if (wanted.length != seen.length) {
            throw new IllegalArgumentException(wanted.length + " wanted, " + seen.length + " seen");
        }
        int agreed = 0;
        for (int i = 0; i < wanted.length; i++) {
            agreed += wanted[i] == seen[i] ? 1 : 0;
        }
        return new Agreement(agreed, wanted.length);
    }

    /** 0..1. */
    public double share() {
        return (double) agreed / asked;
    }

    /** Lower end of the share's 95 % interval by Wilson (1927). */
    public double lowest() {
        return wilson(-1);
    }

    /** Upper end of that interval. */
    public double highest() {
        return wilson(1);
    }

    private double wilson(int side) {
        double square = NORMAL_95 * NORMAL_95;
        double spread =
                NORMAL_95
                        * Math.sqrt(
                                share() * (1 - share()) / asked + square / (4.0 * asked * asked));
        return (share() + square / (2.0 * asked) + side * spread) / (1 + square / asked);
    }
}
