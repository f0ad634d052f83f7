package dev.darkroom.embedded.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class UsesContract {
    private UsesContract() {}

    static dev.darkroom.contract.job.JobId id(dev.darkroom.contract.job.JobId id) {
        return id;
    }
}
