package dev.darkroom.contract.tensor;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A tensor in a safetensors file.
 *
 * @param offset of its first byte in the file
 * @param byteLength elements x bytes of the type
 */
public record TensorInfo(
        String name, ElementType type, List<Long> shape, long offset, long byteLength) {
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    public long elements() {
        return byteLength / type.bytes();
    }

    /** The shape as in {@code [320, 4, 3, 3]}. */
    public String shapeText() {
        return shape.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
    }
}
