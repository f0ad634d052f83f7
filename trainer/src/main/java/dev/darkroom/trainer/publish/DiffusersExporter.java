package dev.darkroom.trainer.publish;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.export.DiffusersFiles;
import dev.darkroom.network.export.DiffusersFolder;
import dev.darkroom.network.export.SavedModelWeights;
import dev.darkroom.trainer.importing.CheckpointFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * Makes of a published checkpoint the diffusers folder that it was: for other programs, and for
 * training on from it.
 */
public final class DiffusersExporter {
    private static final int MAX_CONFIGURATION_BYTES = 1 << 20;

    private DiffusersExporter() {}

    /**
     * @param checkpoint a checkpoint's folder as the importer made it
     * @param target the folder to make; must not exist
     * @param type of the weights: F32, or F16, which halves the folder and is exact where the
     *     weights were F16 when they were imported
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming a file that the
     *     checkpoint was imported without, or a weight that is too large for F16
     */
    public static void export(Path checkpoint, Path target, ElementType type) {
        DiffusersFiles files = files(checkpoint);
        Map<Stage, SavedModelWeights> weights = new EnumMap<>(Stage.class);
        try (CheckpointFolder folder = new CheckpointFolder(target)) {
            for (Stage stage : Stage.values()) {
                weights.put(stage, new SavedModelWeights(checkpoint.resolve(stage.folder())));
            }
            new DiffusersFolder(type)
                    .write(
                            folder.path(),
                            files,
                            stage -> Objects.requireNonNull(weights.get(stage)));
            folder.keep();
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED, target + " cannot be written: " + e, e);
        } finally {
            weights.values().forEach(SavedModelWeights::close);
        }
    }

    private static DiffusersFiles files(Path checkpoint) {
        if (!Files.isDirectory(checkpoint.resolve(DiffusersFiles.KEPT))) {
            throw new DarkroomException(
                    ErrorCode.INVALID_CHECKPOINT,
                    "this version was imported before checkpoints kept what an export and a"
                            + " fine-tuning need; import its folder again");
        }
        CheckpointConfiguration configuration =
                Json.readTolerant(
                        ConfigurationFile.readBounded(
                                checkpoint, CheckpointConfiguration.FILE, MAX_CONFIGURATION_BYTES),
                        CheckpointConfiguration.class);
        CheckpointConfiguration.Defaults defaults = configuration.defaults();
        ObjectNode suggested = Json.mapper().createObjectNode();
        suggested.put("steps", defaults.steps());
        suggested.put("sampler", defaults.sampler().wireName());
        suggested.put("guidanceScale", defaults.guidanceScale());
        return DiffusersFiles.readKept(checkpoint).with(DiffusersFiles.DEFAULTS, suggested);
    }
}
