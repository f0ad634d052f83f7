package dev.darkroom.network.nn;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.network.parameter.ParameterSource;
import org.tensorflow.Signature;
import org.tensorflow.op.Ops;

/** A stage of a checkpoint as an inference graph. */
public interface StageGraph {
    Stage stage();

    /**
     * Adds placeholders, network and outputs to an empty graph.
     *
     * @return the signature, with the names and shapes that {@link Stage} promises
     * @throws IllegalArgumentException where the configured sizes do not fit each other
     */
    Signature build(Ops tf, ParameterSource parameters);
}
