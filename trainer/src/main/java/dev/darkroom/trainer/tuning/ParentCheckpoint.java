package dev.darkroom.trainer.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.checkpoint.WeightFile;
import dev.darkroom.network.export.DiffusersFiles;
import dev.darkroom.network.export.DiffusersNetworks;
import dev.darkroom.network.export.NetworkFolder;
import dev.darkroom.trainer.evaluate.VaeCodec;
import dev.darkroom.trainer.importing.TokenizerFolder;
import dev.darkroom.trainer.publish.DiffusersExporter;
import dev.darkroom.trainer.stage.UnetSurroundings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** The checkpoint that a fine-tuning begins from, as networks with values. Closed by its user. */
final class ParentCheckpoint implements AutoCloseable {
    private final Path folder;
    private final DiffusersFiles files;
    private final DiffusersNetworks networks;
    private final Map<Stage, WeightFile> weights = new EnumMap<>(Stage.class);
    private final VaeCodec codec;
    private final CheckpointConfiguration configuration;

    /**
     * @param published folder of the checkpoint as workers have it
     * @param folder to keep it in as diffusers has it; made once
     */
    ParentCheckpoint(Path published, Path folder) throws IOException {
        if (!Files.exists(folder)) {
            DiffusersExporter.export(published, folder, ElementType.F32);
        }
        this.folder = folder;
        this.configuration =
                Json.readTolerant(
                        Files.readAllBytes(published.resolve(CheckpointConfiguration.FILE)),
                        CheckpointConfiguration.class);
        this.files = DiffusersFiles.read(folder);
        this.networks = DiffusersNetworks.read(folder);
        for (Stage stage : Stage.values()) {
            NetworkFolder network = NetworkFolder.of(stage);
            WeightFile file = WeightFile.open(folder, network.folder(), network.base());
            weights.put(stage, file);
            file.bind(networks.parameters(stage), key -> true);
        }
        this.codec = new VaeCodec(networks.vae());
        codec.load(
                spec ->
                        (networks.parameters(Stage.VAE_DECODER).contains(spec)
                                        ? weights(Stage.VAE_DECODER)
                                        : weights(Stage.VAE_ENCODER))
                                .values(spec));
    }

    /** In the diffusers layout. */
    Path folder() {
        return folder;
    }

    DiffusersFiles files() {
        return files;
    }

    DiffusersNetworks networks() {
        return networks;
    }

    WeightFile weights(Stage stage) {
        return Objects.requireNonNull(weights.get(stage));
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
        return networks.vae().downscale() << (networks.unet().levels().size() - 1);
    }

    UnetSurroundings surroundings() {
        return new UnetSurroundings(
                TokenizerFolder.read(
                                folder, networks.text().vocabulary(), networks.text().positions())
                        .tokenizer(),
                networks.text(),
                weights(Stage.TEXT_ENCODER),
                codec,
                tree(DiffusersFiles.SCHEDULER));
    }

    @Override
    public void close() {
        codec.close();
        weights.values().forEach(WeightFile::close);
    }
}
