package dev.darkroom.worker.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class UsesTensorflow {
    private UsesTensorflow() {}

    static org.tensorflow.Graph graph(org.tensorflow.Graph graph) {
        return graph;
    }
}
