package dev.darkroom.diffusion.cycle.one;

import dev.darkroom.diffusion.cycle.two.Two;

/** Breaks a rule, so that a test can see the rule fail. */
public interface One {
    Two two();
}
