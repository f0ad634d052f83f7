package dev.darkroom.producer;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.testing.EmbeddedStack;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A real broker and a real store in which the model of {@link Jobs} is promoted; of its checkpoint
 * there is only the configuration, which is all that a producer reads.
 */
public class PoolStub implements QuarkusTestResourceLifecycleManager {
    /** Of a pool whose keys or quotas are not for other tests. */
    String bucket() {
        return "darkroom";
    }

    @Override
    public Map<String, String> start() {
        EmbeddedStack stack = EmbeddedStack.shared();
        KafkaSettings kafka = new KafkaSettings(stack.bootstrapServers(), Map.of(), 2, 1, 30);
        ObjectStoreSettings store =
                new ObjectStoreSettings(
                        stack.storeEndpoint(),
                        "us-east-1",
                        bucket(),
                        EmbeddedStack.ACCESS_KEY,
                        EmbeddedStack.SECRET_KEY);
        PoolTopology.ensure(kafka);
        try (ObjectStore bucket = new MinioObjectStore(store);
                CheckpointRegistry registry = new CheckpointRegistry(bucket, kafka)) {
            bucket.ensureBucket();
            registry.start();
            publish(registry, Jobs.MODEL, Jobs.VERSION, true);
            publish(registry, Jobs.MODEL, new CheckpointVersion("ffffffffffff"), false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> configuration = new HashMap<>(stack.configuration());
        configuration.put("darkroom.store.bucket", bucket());
        configuration.put("darkroom.producer.quotas.few.jobs", "2");
        configuration.put("darkroom.producer.quotas.slow.pictures-per-minute", "5");
        configuration.put("quarkus.http.test-port", "0");
        configuration.put("darkroom.producer.heartbeat", "1s");
        return configuration;
    }

    static void publish(
            CheckpointRegistry registry,
            ModelName model,
            CheckpointVersion version,
            boolean promote)
            throws IOException {
        publish(registry, model, version, promote, Jobs.CONFIGURATION);
    }

    static void publish(
            CheckpointRegistry registry,
            ModelName model,
            CheckpointVersion version,
            boolean promote,
            CheckpointConfiguration contents)
            throws IOException {
        Path folder = Files.createTempDirectory("darkroom-checkpoint");
        byte[] configuration = Json.writePretty(contents);
        CheckpointManifest manifest =
                new CheckpointManifest(
                        CheckpointManifest.FORMAT,
                        model,
                        version,
                        "a test",
                        Instant.now(),
                        List.of(
                                new CheckpointFile(
                                        CheckpointConfiguration.FILE,
                                        configuration.length,
                                        sha256(configuration))));
        Path manifestFile = folder.resolve(CheckpointConfiguration.MANIFEST_FILE);
        Path configurationFile = folder.resolve(CheckpointConfiguration.FILE);
        Files.write(configurationFile, configuration);
        Files.write(manifestFile, Json.writePretty(manifest));
        registry.publish(folder);
        if (promote) {
            registry.promote(manifest.id());
        }
        Files.delete(configurationFile);
        Files.delete(manifestFile);
        Files.delete(folder);
    }

    public static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void stop() {
        // The stack belongs to the JVM.
    }
}
