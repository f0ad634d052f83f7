package dev.darkroom.network.checkpoint;

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
    private WeightWriter() {}

    /**
     * @param file replaced when the new one is whole
     */
    public static void write(Path file, Collection<ParameterSpec> specs, ParameterValues values)
            throws IOException {
        try (SafetensorsWriter writer =
                SafetensorsWriter.create(
                        file,
                        specs.stream().map(WeightWriter::declaration).toList(),
                        SafetensorsWriter.PYTORCH)) {
            for (ParameterSpec spec : specs) {
                writer.append(spec.key(), spec.layout().toFile(spec.shape(), values.values(spec)));
            }
            writer.finish();
        }
    }

    private static TensorDeclaration declaration(ParameterSpec spec) {
        return new TensorDeclaration(
                spec.key(), ElementType.F32, spec.layout().fileShapes(spec.shape()).get(0));
    }
}
