package dev.darkroom.network.checkpoint;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.contract.tensor.SafetensorsWriter;
import dev.darkroom.contract.tensor.TensorDeclaration;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;

/** Writes a network's weights as PyTorch programs read them. */
public final class WeightWriter {
    private static final float LARGEST_HALF = 65_504;

    private WeightWriter() {}

    /** As {@link #write(Path, ElementType, Collection, ParameterValues)}, in F32. */
    public static void write(Path file, Collection<ParameterSpec> specs, ParameterValues values)
            throws IOException {
        write(file, ElementType.F32, specs, values);
    }

    /**
     * Writes one tensor at a time, so that no more are held.
     *
     * @param file replaced when the new one is whole
     * @param type F32 or F16
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming a parameter with a
     *     value that is not finite in the type
     */
    public static void write(
            Path file, ElementType type, Collection<ParameterSpec> specs, ParameterValues values)
            throws IOException {
        try (SafetensorsWriter writer =
                SafetensorsWriter.create(
                        file,
                        specs.stream().map(spec -> declaration(spec, type)).toList(),
                        SafetensorsWriter.PYTORCH)) {
            for (ParameterSpec spec : specs) {
                float[] elements = values.values(spec);
                requireFinite(file, spec, elements, type);
                writer.append(spec.key(), spec.layout().toFile(spec.shape(), elements));
            }
            writer.finish();
        }
    }

    private static TensorDeclaration declaration(ParameterSpec spec, ElementType type) {
        return new TensorDeclaration(
                spec.key(), type, spec.layout().fileShapes(spec.shape()).get(0));
    }

    private static void requireFinite(
            Path file, ParameterSpec spec, float[] elements, ElementType type) {
        float most = type == ElementType.F16 ? LARGEST_HALF : Float.MAX_VALUE;
        for (float element : elements) {
            if (!(Math.abs(element) <= most)) {
                throw new DarkroomException(
                        ErrorCode.INVALID_CHECKPOINT,
                        file + ": " + spec.key() + " would have " + element + " as " + type);
            }
        }
    }
}
