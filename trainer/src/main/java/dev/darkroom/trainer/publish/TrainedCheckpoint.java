package dev.darkroom.trainer.publish;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.contract.training.TrainingProvenance;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Makes a checkpoint that can be published of what a training has left. */
public final class TrainedCheckpoint {
    private TrainedCheckpoint() {}

    /**
     * Imports the trained weights as any other checkpoint's, and adds where they come from. The
     * version is the importer's: of the files that make pictures, not of their history.
     *
     * @param diffusers folder in the diffusers layout
     * @param parent whose defaults for jobs it takes over; none: the folder's own
     * @param history where the version that comes out comes from
     * @param target the folder to make; must not exist
     * @return the manifest, as it was written last into the folder
     */
    public static CheckpointManifest make(
            Path diffusers,
            ModelName model,
            Optional<CheckpointConfiguration> parent,
            Function<CheckpointVersion, TrainingProvenance> history,
            Path target,
            InstantSource clock) {
        CheckpointManifest imported =
                new DiffusersImporter(clock)
                        .importFolder(
                                diffusers,
                                model,
                                parent.map(TrainedCheckpoint::defaults).orElse(ImportOptions.NONE),
                                target,
                                (done, total) -> {});
        TrainingProvenance provenance = history.apply(imported.version());
        byte[] json = Json.writePretty(provenance);
        List<CheckpointFile> files = new ArrayList<>(imported.files());
        files.add(new CheckpointFile(TrainingProvenance.FILE, json.length, Sha256.of(json)));
        CheckpointManifest manifest =
                new CheckpointManifest(
                        imported.format(),
                        model,
                        imported.version(),
                        "training " + provenance.training(),
                        imported.createdAt(),
                        files);
        try {
            Files.write(target.resolve(TrainingProvenance.FILE), json);
            Files.write(
                    target.resolve(CheckpointConfiguration.MANIFEST_FILE),
                    Json.writePretty(manifest));
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED, "the checkpoint cannot be written: " + e, e);
        }
        return manifest;
    }

    private static ImportOptions defaults(CheckpointConfiguration parent) {
        CheckpointConfiguration.Defaults defaults = parent.defaults();
        return new ImportOptions(
                Optional.of(defaults.steps()),
                Optional.of(defaults.sampler()),
                Optional.of(defaults.guidanceScale()));
    }
}
