package dev.darkroom.standalone.pool;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.platform.wiring.PlatformSettings;
import dev.darkroom.standalone.home.WorkFolder;
import dev.darkroom.trainer.publish.DiffusersExporter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Gives checkpoints of a pool's bucket back in the diffusers folder layout. */
public final class CheckpointExport implements AutoCloseable {
    private final ObjectStore store;
    private final CheckpointRegistry registry;
    private final Path workFolder;

    private CheckpointExport(ObjectStore store, CheckpointRegistry registry, Path workFolder) {
        this.store = store;
        this.registry = registry;
        this.workFolder = workFolder;
    }

    /**
     * Connects; needs broker and store, but no worker.
     *
     * @param workFolder holds the checkpoint while it is exported, and nothing afterwards
     */
    public static CheckpointExport open(PlatformSettings settings, Path workFolder) {
        ObjectStore store = new MinioObjectStore(settings.store());
        try {
            store.ensureBucket();
            PoolTopology.ensure(settings.kafka());
            CheckpointRegistry registry = new CheckpointRegistry(store, settings.kafka());
            registry.start();
            return new CheckpointExport(store, registry, workFolder);
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
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
        CheckpointId checkpoint =
                version.map(known -> new CheckpointId(name, known))
                        .or(() -> registry.promoted(name))
                        .orElseThrow(
                                () ->
                                        new DarkroomException(
                                                ErrorCode.UNKNOWN_MODEL,
                                                "no version of " + name + " serves"));
        try (WorkFolder folder = WorkFolder.open(workFolder, CheckpointImport.FOLDER_PREFIX)) {
            DiffusersExporter.export(registry.fetch(checkpoint, folder.path()), target, type);
            return checkpoint;
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED, "cannot write in " + workFolder + ": " + e, e);
        }
    }

    @Override
    public void close() {
        registry.close();
        store.close();
    }
}
