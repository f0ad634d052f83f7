package dev.darkroom.trainer.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class UsesStandalone {
    private UsesStandalone() {}

    static dev.darkroom.standalone.home.DarkroomHome home(
            dev.darkroom.standalone.home.DarkroomHome home) {
        return home;
    }
}
