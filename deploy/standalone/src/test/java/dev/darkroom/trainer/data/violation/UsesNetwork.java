package dev.darkroom.trainer.data.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class UsesNetwork {
    private UsesNetwork() {}

    static Class<?> network() {
        return dev.darkroom.network.parameter.ParameterSpec.class;
    }
}
