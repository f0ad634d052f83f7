package dev.darkroom.diffusion.sampler.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class DrawsRandomly {
    private DrawsRandomly() {}

    static java.util.UUID draw() {
        return java.util.UUID.randomUUID();
    }
}
