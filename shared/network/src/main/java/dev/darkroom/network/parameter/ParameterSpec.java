package dev.darkroom.network.parameter;

import java.util.List;

/**
 * A tensor that a network needs.
 *
 * @param key its Hugging Face name, as in {@code down_blocks.0.resnets.0.conv1.weight}
 * @param shape in the graph; {@link ParameterLayout} says how the file has it
 */
public record ParameterSpec(String key, ParameterLayout layout, List<Long> shape) {
    public ParameterSpec {
        shape = List.copyOf(shape);
    }

    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }
}
