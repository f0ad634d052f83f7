package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import dev.darkroom.trainer.importing.ImportProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * A checkpoint to be evaluated, run as a worker would run it. Whoever opens it closes it.
 *
 * @param id its name and version
 */
public record OpenedCheckpoint(CheckpointId id, SavedCheckpoint saved) implements AutoCloseable {
    /**
     * Opens a folder in the diffusers layout, which is imported first, or one that the importer or
     * a worker's cache holds.
     *
     * @param name of the model, where the folder does not say it
     * @param work an empty folder for what is imported; removed by the caller, after this is closed
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} where it is neither, or cannot
     *     be imported
     */
    public static OpenedCheckpoint open(
            Path folder, ModelName name, Path work, InstantSource clock, ImportProgress progress) {
        Path manifest = folder.resolve(CheckpointConfiguration.MANIFEST_FILE);
        if (Files.exists(manifest)) {
            return new OpenedCheckpoint(read(manifest).id(), SavedCheckpoint.open(folder));
        }
        Path imported = work.resolve("imported");
        CheckpointId id =
                new DiffusersImporter(clock)
                        .importFolder(folder, name, ImportOptions.NONE, imported, progress)
                        .id();
        return new OpenedCheckpoint(id, SavedCheckpoint.open(imported));
    }

    private static CheckpointManifest read(Path manifest) {
        try {
            return Json.readTolerant(Files.readAllBytes(manifest), CheckpointManifest.class);
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_CHECKPOINT, manifest + " cannot be read: " + e, e);
        }
    }

    /** What a job gets that does not say. */
    public CheckpointConfiguration.Defaults defaults() {
        return saved.configuration().defaults();
    }

    /** Rows of a UNet call that ordinary memory holds at the native size. */
    public int rows() {
        int downscale = saved.configuration().downscale();
        return TextToImageModel.rows(
                defaults().height() / downscale, defaults().width() / downscale);
    }

    @Override
    public void close() {
        saved.close();
    }
}
