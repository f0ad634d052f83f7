package dev.darkroom.network.parameter;

import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Gives a network its tensors. A network is the same function whether they are variables filled
 * from a checkpoint or variables that are trained.
 */
@FunctionalInterface
public interface ParameterSource {
    /** The tensor in the graph; the same operand each time the same key is asked for. */
    Operand<TFloat32> parameter(ParameterSpec spec);
}
