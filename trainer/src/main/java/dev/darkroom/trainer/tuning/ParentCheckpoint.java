package dev.darkroom.trainer.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.export.DiffusersCheckpoint;
import dev.darkroom.network.export.DiffusersFiles;
import dev.darkroom.network.export.DiffusersNetworks;
import dev.darkroom.network.export.NetworkFolder;
import dev.darkroom.network.parameter.ParameterValues;
import dev.darkroom.trainer.evaluate.VaeCodec;
import dev.darkroom.trainer.importing.CheckpointFolder;
import dev.darkroom.trainer.importing.TokenizerFolder;
import dev.darkroom.trainer.publish.DiffusersExporter;
import dev.darkroom.trainer.stage.UnetSurroundings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The checkpoint that a fine-tuning begins from, as networks with values. Closed by its user. */
final class ParentCheckpoint implements AutoCloseable {
    private final Path folder;
    private final CheckpointConfiguration configuration;
    private final DiffusersCheckpoint checkpoint;
    private final VaeCodec codec;
    private final UnetSurroundings surroundings;

    /**
     * @param published folder of the checkpoint as workers have it
     * @param folder to keep it in as diffusers has it; made once, beside nothing that others make
     */
    ParentCheckpoint(Path published, Path folder) throws IOException {
        if (!Files.exists(folder)) {
            CheckpointFolder.removeLeft(folder);
            DiffusersExporter.export(published, folder, ElementType.F32);
        }
        this.folder = folder;
        this.configuration =
                Json.readTolerant(
                        Files.readAllBytes(published.resolve(CheckpointConfiguration.FILE)),
                        CheckpointConfiguration.class);
        this.checkpoint = DiffusersCheckpoint.open(folder);
        this.codec = VaeCodec.open(folder);
        this.surroundings =
                new UnetSurroundings(
                        TokenizerFolder.read(
                                        folder,
                                        networks().text().vocabulary(),
                                        networks().text().positions())
                                .tokenizer(),
                        networks().text(),
                        values(Stage.TEXT_ENCODER),
                        codec,
                        tree(DiffusersFiles.SCHEDULER));
    }

    /** In the diffusers layout. */
    Path folder() {
        return folder;
    }

    DiffusersFiles files() {
        return DiffusersFiles.read(folder);
    }

    DiffusersNetworks networks() {
        return checkpoint.networks();
    }

    ParameterValues values(Stage stage) {
        return checkpoint.values(stage);
    }

    CheckpointConfiguration.Defaults defaults() {
        return configuration.defaults();
    }

    JsonNode unet() {
        return tree(NetworkFolder.UNET.configuration());
    }

    private JsonNode tree(String file) {
        return ConfigurationFile.read(folder, file).tree();
    }

    /** The smallest number that all sides of pictures must be multiples of. */
    int multiple() {
        return networks().vae().downscale() << (networks().unet().levels().size() - 1);
    }

    UnetSurroundings surroundings() {
        return surroundings;
    }

    @Override
    public void close() {
        codec.close();
        checkpoint.close();
    }
}
