package dev.darkroom.standalone.pool;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.platform.wiring.PlatformSettings;
import dev.darkroom.standalone.home.WorkFolder;
import dev.darkroom.trainer.publish.DiffusersExporter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Gives checkpoints of a pool's bucket back in the diffusers folder layout. */
public final class CheckpointExport implements AutoCloseable {
    private final PoolRegistry registry;
    private final Path workFolder;

    private CheckpointExport(PoolRegistry registry, Path workFolder) {
        this.registry = registry;
        this.workFolder = workFolder;
    }

    /**
     * Connects; needs broker and store, but no worker.
     *
     * @param workFolder holds the checkpoint while it is exported, and nothing afterwards
     */
    public static CheckpointExport open(PlatformSettings settings, Path workFolder) {
        return new CheckpointExport(PoolRegistry.open(settings), workFolder);
    }

    /**
     * @param version the one that serves the model where none is named
     * @param target the folder to make; must not exist
     * @param type of the weights: F32 or F16
     * @return what was exported
     * @throws DarkroomException UNKNOWN_MODEL where there is no such checkpoint
     */
    public CheckpointId run(
            ModelName name, Optional<CheckpointVersion> version, Path target, ElementType type) {
        CheckpointId checkpoint = registry.find(name, version);
        try (WorkFolder folder = WorkFolder.open(workFolder, CheckpointImport.FOLDER_PREFIX)) {
            DiffusersExporter.export(
                    registry.checkpoints().fetch(checkpoint, folder.path()), target, type);
            return checkpoint;
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED, "cannot write in " + workFolder + ": " + e, e);
        }
    }

    @Override
    public void close() {
        registry.close();
    }
}
