package dev.darkroom.network.export;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.network.checkpoint.WeightWriter;
import dev.darkroom.network.parameter.ParameterValues;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Writes a checkpoint as a folder that diffusers' {@code StableDiffusionPipeline.from_pretrained}
 * opens, and {@link DiffusersCheckpoint} as well. One tensor at a time is held.
 */
public final class DiffusersFolder {
    private final ElementType type;

    /**
     * @param type of the weights: F32 or F16
     */
    public DiffusersFolder(ElementType type) {
        this.type = type;
    }

    /**
     * @param folder exists and is empty
     * @param values of each stage's parameters, in the graph's layout
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} where the configurations do
     *     not fit each other, or a value is not finite in the type
     */
    public void write(Path folder, DiffusersFiles files, Function<Stage, ParameterValues> values)
            throws IOException {
        write(folder, files, (networks, stage) -> values.apply(stage));
    }

    /**
     * As the other, for values that are found by what the configurations say.
     *
     * @param values of each stage's parameters, in the graph's layout
     */
    public void write(
            Path folder,
            DiffusersFiles files,
            BiFunction<DiffusersNetworks, Stage, ParameterValues> values)
            throws IOException {
        files.write(folder);
        DiffusersNetworks networks = DiffusersNetworks.read(folder);
        for (NetworkFolder network : NetworkFolder.values()) {
            Map<String, ParameterValues> sources = new HashMap<>();
            for (Stage stage : network.stages()) {
                ParameterValues source = values.apply(networks, stage);
                networks.parameters(stage).forEach(spec -> sources.put(spec.key(), source));
            }
            WeightWriter.write(
                    folder.resolve(network.folder()).resolve(network.base() + ".safetensors"),
                    type,
                    networks.parameters(network),
                    spec -> Objects.requireNonNull(sources.get(spec.key())).values(spec));
        }
    }
}
