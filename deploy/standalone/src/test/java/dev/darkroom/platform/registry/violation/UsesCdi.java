package dev.darkroom.platform.registry.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class UsesCdi {
    private UsesCdi() {}

    static jakarta.enterprise.context.spi.CreationalContext<?> context(
            jakarta.enterprise.context.spi.CreationalContext<?> context) {
        return context;
    }
}
