package dev.darkroom.trainer.data;

/** The check that a setting is a share. */
final class Shares {
    private Shares() {}

    static void require(String name, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException(name + " is " + share + ", must be 0..1");
        }
    }
}
