package dev.darkroom.worker;

import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.testing.Checkout;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import dev.darkroom.worker.model.LoadedModel;
import java.nio.file.Path;
import java.time.Clock;

/** The repository's own model, imported once for all tests of a JVM. */
public final class BundledCheckpoint {
    private static BundledCheckpoint shared;

    private final Path folder;
    private final CheckpointManifest manifest;
    private LoadedModel model;

    private BundledCheckpoint() {
        folder = ScratchFolder.make("darkroom-bundled").resolve("checkpoint");
        manifest =
                new DiffusersImporter(Clock.systemUTC())
                        .importFolder(
                                Checkout.bundledModel(),
                                Jobs.MODEL,
                                ImportOptions.NONE,
                                folder,
                                (done, total) -> {});
    }

    public static synchronized BundledCheckpoint shared() {
        if (shared == null) {
            shared = new BundledCheckpoint();
        }
        return shared;
    }

    public Path folder() {
        return folder;
    }

    public CheckpointManifest manifest() {
        return manifest;
    }

    /** Loaded once; stays open until the JVM ends. */
    public synchronized LoadedModel model() {
        if (model == null) {
            model = LoadedModel.load(manifest.id(), folder);
        }
        return model;
    }
}
