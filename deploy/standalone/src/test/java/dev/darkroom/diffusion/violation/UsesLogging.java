package dev.darkroom.diffusion.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class UsesLogging {
    private UsesLogging() {}

    static org.slf4j.Logger logger(org.slf4j.Logger logger) {
        return logger;
    }
}
