package dev.darkroom.network.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class UsesPlatform {
    private UsesPlatform() {}

    static dev.darkroom.platform.objectstore.ObjectStore store(
            dev.darkroom.platform.objectstore.ObjectStore store) {
        return store;
    }
}
