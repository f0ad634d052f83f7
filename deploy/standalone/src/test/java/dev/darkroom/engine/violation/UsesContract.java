package dev.darkroom.engine.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class UsesContract {
    private UsesContract() {}

    static dev.darkroom.contract.job.JobId id(dev.darkroom.contract.job.JobId id) {
        return id;
    }
}
