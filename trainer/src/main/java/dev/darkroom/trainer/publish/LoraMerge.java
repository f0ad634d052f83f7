package dev.darkroom.trainer.publish;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.network.export.DiffusersCheckpoint;
import dev.darkroom.network.export.DiffusersFiles;
import dev.darkroom.network.export.DiffusersFolder;
import dev.darkroom.network.export.LoraFile;
import dev.darkroom.network.export.NetworkFolder;
import dev.darkroom.trainer.importing.CheckpointFolder;
import java.io.IOException;
import java.nio.file.Path;

/** Makes a checkpoint of another one and low-rank adapters for it, to be served as any other. */
public final class LoraMerge {
    private LoraMerge() {}

    /**
     * @param source a folder in the diffusers layout
     * @param adapters a file that {@link LoraFile} reads
     * @param strength what the adapters are multiplied by; 1 as they were trained
     * @param target the folder to make, in the diffusers layout; must not exist
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} where the adapters do not fit
     *     the checkpoint
     */
    public static void merge(Path source, Path adapters, double strength, Path target) {
        try (DiffusersCheckpoint checkpoint = DiffusersCheckpoint.open(source);
                LoraFile lora = LoraFile.open(adapters, checkpoint.networks());
                CheckpointFolder folder = new CheckpointFolder(target)) {
            new DiffusersFolder(ElementType.F32)
                    .write(
                            folder.path(),
                            DiffusersFiles.read(source),
                            stage ->
                                    lora.merged(
                                            NetworkFolder.of(stage),
                                            checkpoint.values(stage),
                                            strength));
            folder.keep();
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED, target + " cannot be written: " + e, e);
        }
    }
}
