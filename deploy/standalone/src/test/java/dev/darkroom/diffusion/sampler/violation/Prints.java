package dev.darkroom.diffusion.sampler.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class Prints {
    private Prints() {}

    static void print() {
        System.out.println("printed");
    }
}
