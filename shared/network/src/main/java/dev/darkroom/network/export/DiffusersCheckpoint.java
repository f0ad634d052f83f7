package dev.darkroom.network.export;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.network.checkpoint.WeightFile;
import dev.darkroom.network.parameter.ParameterValues;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.tensorflow.exceptions.TensorFlowException;

/**
 * The networks of a Stable Diffusion checkpoint in the diffusers folder layout, opened and checked
 * as a whole: configurations, that they fit each other, and the name, shape and type of every
 * tensor. Values are checked as they are written.
 */
public final class DiffusersCheckpoint implements AutoCloseable {
    private final DiffusersNetworks networks;
    private final Map<NetworkFolder, WeightFile> weights = new EnumMap<>(NetworkFolder.class);

    private DiffusersCheckpoint(DiffusersNetworks networks) {
        this.networks = networks;
    }

    /**
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming the file and the key or
     *     tensor
     */
    public static DiffusersCheckpoint open(Path folder) {
        DiffusersCheckpoint checkpoint = new DiffusersCheckpoint(DiffusersNetworks.read(folder));
        boolean opened = false;
        try {
            for (NetworkFolder network : NetworkFolder.values()) {
                checkpoint.bind(folder, network);
            }
            opened = true;
            return checkpoint;
        } finally {
            if (!opened) {
                checkpoint.close();
            }
        }
    }

    private void bind(Path folder, NetworkFolder network) {
        WeightFile file = WeightFile.open(folder, network.folder(), network.base());
        weights.put(network, file);
        // A buffer that older versions of transformers saved; it only counts upwards.
        Predicate<String> ignored =
                name ->
                        network == NetworkFolder.TEXT_ENCODER
                                && name.endsWith("embeddings.position_ids");
        file.bind(networks.parameters(network), ignored);
    }

    public DiffusersNetworks networks() {
        return networks;
    }

    /**
     * The values of a stage's parameters. They are read as they are asked for, and refused where
     * one is not finite.
     */
    public ParameterValues values(Stage stage) {
        return file(stage);
    }

    private WeightFile file(Stage stage) {
        WeightFile file = weights.get(NetworkFolder.of(stage));
        if (file == null) {
            throw new IllegalStateException("closed");
        }
        return file;
    }

    /**
     * Writes a stage as a SavedModel.
     *
     * @param folder is made
     * @param written is told the number of parameters after each part of them
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} where a weight is not finite
     */
    public void export(Stage stage, Path folder, LongConsumer written) throws IOException {
        try {
            new SavedModelWriter(networks.graph(stage)).write(file(stage), folder, written);
        } catch (TensorFlowException e) {
            // The file system refused what the saving operations wrote.
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        weights.values().forEach(WeightFile::close);
        weights.clear();
    }
}
