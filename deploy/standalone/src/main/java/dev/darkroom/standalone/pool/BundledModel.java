package dev.darkroom.standalone.pool;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.platform.wiring.PlatformSettings;
import dev.darkroom.standalone.home.DarkroomHome;
import dev.darkroom.trainer.importing.ImportOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The trained checkpoint that comes with the checkout, so that a new pool can make pictures. */
final class BundledModel {
    /** Set by the launcher: the folder of the checkout. */
    static final String ROOT_PROPERTY = "darkroom.root";

    private static final Logger LOG = LoggerFactory.getLogger(BundledModel.class);
    private static final ModelName NAME = new ModelName("fashion-sd");

    private BundledModel() {}

    /** Imports and promotes it where nothing serves a model of its name. */
    static void ensurePromoted(
            DarkroomHome home, PlatformSettings settings, Consumer<String> progress) {
        Path source =
                Path.of(System.getProperty(ROOT_PROPERTY, ".")).resolve("deploy/models/" + NAME);
        if (!Files.isDirectory(source)) {
            LOG.info("no bundled model at {}", source);
            return;
        }
        try (CheckpointImport imports = CheckpointImport.open(settings, home.workFolder())) {
            if (!imports.isPromoted(NAME)) {
                progress.accept("importing the bundled model " + NAME);
                imports.run(source, NAME, ImportOptions.NONE, true, (done, total) -> {});
            }
        }
    }
}
