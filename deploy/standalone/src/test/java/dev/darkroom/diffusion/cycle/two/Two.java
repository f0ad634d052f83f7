package dev.darkroom.diffusion.cycle.two;

import dev.darkroom.diffusion.cycle.one.One;

/** Breaks a rule, so that a test can see the rule fail. */
public interface Two {
    One one();
}
