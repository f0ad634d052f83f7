package dev.darkroom.trainer.service;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.contract.training.Margins;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingOutcome;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.testing.EmbeddedStack;
import dev.darkroom.trainer.Embedded;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A broker, a store, and a model of its own that serves and can be fine-tuned. */
final class Pool {
    final ModelName model = new ModelName("model-" + UUID.randomUUID());
    final DatasetName dataset = new DatasetName("data-" + UUID.randomUUID());
    final Surroundings surroundings;
    final CheckpointId parent;
    private final Path folder;

    /** Broker and store as one client sees them; whoever opens it closes it. */
    static Surroundings open() {
        return open(
                EmbeddedStack.shared().bootstrapServers(), EmbeddedStack.shared().storeEndpoint());
    }

    /** As the other, of whatever JVM has broker and store. */
    static Surroundings open(String bootstrapServers, URI storeEndpoint) {
        ObjectStore store = Embedded.store(storeEndpoint, "trainer");
        KafkaSettings kafka = new KafkaSettings(bootstrapServers, Map.of(), 1, 1, 3);
        PoolTopology.ensure(kafka);
        CheckpointRegistry registry = new CheckpointRegistry(store, kafka);
        registry.start();
        return new Surroundings(kafka, store, registry, new JobPublisher(kafka, "/test"));
    }

    static void close(Surroundings surroundings) {
        surroundings.publisher().close();
        surroundings.registry().close();
        surroundings.store().close();
    }

    /** A checkpoint as workers have it, to be published under any name. */
    static Path imported(Path source, Path target) {
        new DiffusersImporter(Clock.systemUTC())
                .importFolder(
                        source,
                        new ModelName("any"),
                        ImportOptions.NONE,
                        target,
                        (done, total) -> {});
        return target;
    }

    /**
     * @param imported what serves first
     * @param folder of the trainers
     */
    Pool(Surroundings surroundings, Path imported, Path folder) throws IOException {
        this.surroundings = surroundings;
        this.folder = folder;
        parent = publish(imported);
        surroundings.registry().promote(parent);
        addPicture("one.png");
    }

    /**
     * @param imported left by {@link #imported}
     */
    CheckpointId publish(Path imported) throws IOException {
        Path file = imported.resolve(CheckpointConfiguration.MANIFEST_FILE);
        CheckpointManifest any = Json.read(Files.readAllBytes(file), CheckpointManifest.class);
        CheckpointManifest named =
                new CheckpointManifest(
                        any.format(),
                        model,
                        any.version(),
                        any.source(),
                        any.createdAt(),
                        any.files());
        Files.write(file, Json.writePretty(named));
        surroundings.registry().publish(imported);
        return named.id();
    }

    void addPicture(String name) {
        surroundings
                .store()
                .put(
                        new ObjectKey(ObjectKeys.dataset(dataset) + name),
                        name.getBytes(StandardCharsets.UTF_8),
                        "image/png");
    }

    TrainerOptions options(String name) {
        return options(name, folder.resolve(name));
    }

    TrainerOptions options(String name, Path work) {
        return options(name, work, folder.resolve("cache"), model);
    }

    static TrainerOptions options(String name, Path work, Path cache, ModelName model) {
        return new TrainerOptions(
                name,
                work,
                cache,
                Duration.ofMillis(1500),
                3,
                Duration.ofMillis(100),
                Margins.USUAL,
                0,
                List.of(),
                Optional.empty(),
                Set.of(model));
    }

    Trainer start(String name, FineTuning fineTuning) {
        return start(options(name), fineTuning);
    }

    Trainer start(TrainerOptions options, FineTuning fineTuning) {
        Trainer trainer = new Trainer(surroundings, options, fineTuning, Clock.systemUTC());
        trainer.start();
        return trainer;
    }

    TrainingRequest submit() {
        TrainingRequest request =
                TrainingRequest.of(TrainingId.of(UUID.randomUUID()), model, dataset);
        surroundings.publisher().submit(request);
        return request;
    }

    TrainingOutcome awaitOutcome(TrainingRequest request) {
        ObjectKey key = ObjectKeys.trainingOutcome(request.model(), request.id());
        while (true) {
            Optional<byte[]> outcome = surroundings.store().find(key);
            if (outcome.isPresent()) {
                return Json.read(outcome.get(), TrainingOutcome.class);
            }
            pause();
        }
    }

    static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
