package dev.darkroom.diffusion.sampler.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class ReadsTheClock {
    private ReadsTheClock() {}

    static java.time.Instant now() {
        return java.time.Instant.now();
    }
}
