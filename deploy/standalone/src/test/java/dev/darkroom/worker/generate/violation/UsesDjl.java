package dev.darkroom.worker.generate.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class UsesDjl {
    private UsesDjl() {}

    static ai.djl.ndarray.NDManager manager(ai.djl.ndarray.NDManager manager) {
        return manager;
    }
}
