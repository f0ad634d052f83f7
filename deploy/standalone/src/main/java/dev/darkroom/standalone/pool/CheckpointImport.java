package dev.darkroom.standalone.pool;

import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.platform.wiring.PlatformSettings;
import dev.darkroom.standalone.home.WorkFolder;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import dev.darkroom.trainer.importing.ImportProgress;
import dev.darkroom.trainer.publish.LoraMerge;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;

/** Brings checkpoints in the diffusers folder layout into a pool's bucket. */
public final class CheckpointImport implements AutoCloseable {
    static final String FOLDER_PREFIX = "import-";

    private final PoolRegistry registry;
    private final Path workFolder;

    private CheckpointImport(PoolRegistry registry, Path workFolder) {
        this.registry = registry;
        this.workFolder = workFolder;
    }

    /**
     * Connects; needs broker and store, but no worker.
     *
     * @param workFolder holds a checkpoint while it is made, and nothing afterwards
     */
    public static CheckpointImport open(PlatformSettings settings, Path workFolder) {
        return new CheckpointImport(PoolRegistry.open(settings), workFolder);
    }

    /** Whether a version serves the model. */
    boolean isPromoted(ModelName model) {
        return registry.checkpoints().promoted(model).isPresent();
    }

    /**
     * Imports, publishes and promotes.
     *
     * @param promote whether the version is to serve the model from now on
     */
    public CheckpointManifest run(
            Path source,
            ModelName name,
            ImportOptions options,
            boolean promote,
            ImportProgress progress) {
        try (WorkFolder folder = WorkFolder.open(workFolder, FOLDER_PREFIX)) {
            Path checkpoint = folder.path().resolve("checkpoint");
            CheckpointManifest manifest =
                    new DiffusersImporter(Clock.systemUTC())
                            .importFolder(source, name, options, checkpoint, progress);
            registry.checkpoints().publish(checkpoint);
            if (promote) {
                registry.checkpoints().promote(manifest.id());
            }
            return manifest;
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED, "cannot write in " + workFolder + ": " + e, e);
        }
    }

    /**
     * As the other, of a checkpoint with low-rank adapters added to its weights.
     *
     * @param strength what the adapters are multiplied by; 1 as they were trained
     */
    public CheckpointManifest run(
            Path source,
            Path adapters,
            double strength,
            ModelName name,
            ImportOptions options,
            boolean promote,
            ImportProgress progress) {
        try (WorkFolder folder = WorkFolder.open(workFolder, FOLDER_PREFIX)) {
            Path merged = folder.path().resolve(name.value());
            LoraMerge.merge(source, adapters, strength, merged);
            return run(merged, name, options, promote, progress);
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
