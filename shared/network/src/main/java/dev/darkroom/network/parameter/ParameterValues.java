package dev.darkroom.network.parameter;

/** Gives the values of parameters: from a file, a trained session, or drawn at random. */
@FunctionalInterface
public interface ParameterValues {
    /**
     * @return the elements in the graph's layout, row-major; given away
     */
    float[] values(ParameterSpec spec);
}
