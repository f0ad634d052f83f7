package dev.darkroom.producer.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class UsesDiffusion {
    private UsesDiffusion() {}

    static dev.darkroom.diffusion.sampler.Sampler sampler(
            dev.darkroom.diffusion.sampler.Sampler sampler) {
        return sampler;
    }
}
