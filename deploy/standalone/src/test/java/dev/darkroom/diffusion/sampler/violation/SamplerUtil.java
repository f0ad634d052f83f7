package dev.darkroom.diffusion.sampler.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class SamplerUtil {
    private SamplerUtil() {}

    static int one() {
        return 1;
    }
}
