package dev.darkroom.contract.tensor;

import java.util.List;

/**
 * A tensor that a safetensors file is to have.
 *
 * @param shape may be empty: a scalar
 */
public record TensorDeclaration(String name, ElementType type, List<Long> shape) {
    public TensorDeclaration {
        shape = List.copyOf(shape);
        if (name.isEmpty() || name.equals(SafetensorsFile.METADATA)) {
            throw new IllegalArgumentException("a tensor cannot be named '" + name + "'");
        }
        if (shape.stream().anyMatch(dimension -> dimension < 0)) {
            throw new IllegalArgumentException(name + " has the shape " + shape);
        }
    }

    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    long byteLength() {
        return Math.multiplyExact(elements(), type.bytes());
    }
}
