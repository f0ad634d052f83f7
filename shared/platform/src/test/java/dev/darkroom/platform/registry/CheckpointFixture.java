package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** A checkpoint's folder as the importer leaves it, with noise in place of networks. */
final class CheckpointFixture {
    static final String NETWORK = "unet/variables/variables.data-00000-of-00001";

    static final CheckpointConfiguration CONFIGURATION =
            new CheckpointConfiguration(
                    new CheckpointConfiguration.Tokenizer(77, "<b>", "<e>", "<e>", "<e>"),
                    Map.of("num_train_timesteps", 1000),
                    4,
                    8,
                    0.18215,
                    32,
                    2,
                    1,
                    Map.of("unet", 12L),
                    new CheckpointConfiguration.Defaults(32, 32, 20, SamplerName.DDIM, 5));

    private final Path folder;
    private final CheckpointId id;

    private CheckpointFixture(Path folder, CheckpointId id) {
        this.folder = folder;
        this.id = id;
    }

    /** A model of its own, so that tests that share a bucket see nothing of each other. */
    static ModelName newModel() {
        return new ModelName("model-" + UUID.randomUUID().toString().substring(0, 18));
    }

    static CheckpointFixture write(Path folder, ModelName model, int seed) throws IOException {
        byte[] network = new byte[200_000];
        new Random(seed).nextBytes(network);
        Map<String, byte[]> contents = new LinkedHashMap<>();
        contents.put(CheckpointConfiguration.FILE, Json.writePretty(CONFIGURATION));
        contents.put("tokenizer/vocab.json", "{}".getBytes(StandardCharsets.UTF_8));
        contents.put("unet/saved_model.pb", new byte[] {1, 2, 3});
        contents.put(NETWORK, network);
        contents.put("unet/empty", new byte[0]);
        List<CheckpointFile> files = new ArrayList<>();
        for (Map.Entry<String, byte[]> content : contents.entrySet()) {
            Path path = folder.resolve(content.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, content.getValue());
            files.add(
                    new CheckpointFile(
                            content.getKey(),
                            content.getValue().length,
                            Sha256.of(content.getValue())));
        }
        CheckpointId id =
                new CheckpointId(model, new CheckpointVersion(String.format("%012x", seed)));
        Files.write(
                folder.resolve(CheckpointConfiguration.MANIFEST_FILE),
                Json.writePretty(
                        new CheckpointManifest(
                                CheckpointManifest.FORMAT,
                                model,
                                id.version(),
                                "a test",
                                Instant.EPOCH,
                                files)));
        return new CheckpointFixture(folder, id);
    }

    Path folder() {
        return folder;
    }

    CheckpointId id() {
        return id;
    }
}
