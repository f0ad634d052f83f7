package dev.darkroom.platform.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.contract.training.TrainingProvenance;
import dev.darkroom.platform.Embedded;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.RecordWriter;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.testing.Interposed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class CheckpointRegistryTest {
    @TempDir Path temporary;
    private ObjectStore store;
    private KafkaSettings kafka;
    private CheckpointRegistry registry;
    private ModelName model;

    @BeforeEach
    void opens() {
        store = Embedded.store("registry");
        kafka = Embedded.kafka();
        registry = newRegistry();
        model = CheckpointFixture.newModel();
    }

    @AfterEach
    void closes() {
        registry.close();
        store.close();
    }

    private CheckpointRegistry newRegistry() {
        CheckpointRegistry started = new CheckpointRegistry(store, kafka);
        started.start();
        return started;
    }

    private CheckpointFixture checkpoint(int seed) throws IOException {
        return CheckpointFixture.write(temporary.resolve("made-" + seed), model, seed);
    }

    private Path cache() {
        return temporary.resolve("cache");
    }

    private static void assertRefused(ThrowingCallable call, ErrorCode code, String... says) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DarkroomException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContainingAll(says);
    }

    @Test
    void servesWhatWasPublishedAndPromoted() throws IOException {
        CheckpointFixture made = checkpoint(1);
        registry.publish(made.folder());
        registry.promote(made.id());

        assertThat(registry.promoted(model)).contains(made.id());
        assertThat(registry.promotions()).extracting(Promotion::id).contains(made.id());
        assertThat(registry.manifest(made.id()).orElseThrow().files()).hasSize(5);
        assertThat(registry.configuration(made.id())).isEqualTo(CheckpointFixture.CONFIGURATION);
        Path fetched = registry.fetch(made.id(), cache());
        assertThat(fetched).isEqualTo(cache().resolve(model + "/" + made.id().version()));
        for (String file : List.of(CheckpointConfiguration.FILE, CheckpointFixture.NETWORK)) {
            assertThat(Files.mismatch(made.folder().resolve(file), fetched.resolve(file)))
                    .as(file)
                    .isEqualTo(-1);
        }
        assertThat(fetched.resolve("unet/empty")).isEmptyFile();
    }

    @Test
    void leavesPublishedVersionAsItIs() throws IOException {
        CheckpointFixture made = checkpoint(2);
        registry.publish(made.folder());
        registry.publish(made.folder());
        Files.write(made.folder().resolve(CheckpointFixture.NETWORK), new byte[] {1});
        registry.publish(made.folder());
        assertThat(registry.fetch(made.id(), cache()).resolve(CheckpointFixture.NETWORK))
                .hasSize(200_000);
    }

    @Test
    void refusesToPublishFolderThatDoesNotMatchItsManifest() throws IOException {
        CheckpointFixture made = checkpoint(3);
        byte[] network = Files.readAllBytes(made.folder().resolve(CheckpointFixture.NETWORK));
        network[100_000] ^= 1;
        Files.write(made.folder().resolve(CheckpointFixture.NETWORK), network);
        assertRefused(
                () -> registry.publish(made.folder()),
                ErrorCode.INVALID_CHECKPOINT,
                CheckpointFixture.NETWORK);
        Files.delete(made.folder().resolve(CheckpointFixture.NETWORK));
        assertRefused(
                () -> registry.publish(made.folder()),
                ErrorCode.INVALID_CHECKPOINT,
                CheckpointFixture.NETWORK);
        assertThat(store.list("checkpoints/" + model)).isEmpty();
        assertRefused(
                () -> registry.publish(temporary), ErrorCode.INVALID_CHECKPOINT, "manifest.json");
    }

    @Test
    void refusesToPublishManifestThatIsNoneOrOfAnotherFormat() throws IOException {
        CheckpointFixture made = checkpoint(13);
        Path manifest = made.folder().resolve(CheckpointConfiguration.MANIFEST_FILE);
        String json = Files.readString(manifest);
        Files.writeString(manifest, json.replaceFirst("\"format\" ?: 1", "\"format\" : 2"));
        assertRefused(
                () -> registry.publish(made.folder()), ErrorCode.INVALID_CHECKPOINT, "format 2");
        Files.writeString(manifest, json.substring(0, json.length() / 2));
        assertRefused(
                () -> registry.publish(made.folder()),
                ErrorCode.INVALID_CHECKPOINT,
                "manifest.json");
        assertThat(store.list("checkpoints/" + model)).isEmpty();
    }

    /** As the fixture, with a training record. */
    private Path trained(int seed, String record) throws IOException {
        Path folder = temporary.resolve("trained-" + seed + "-" + record);
        CheckpointFixture.write(folder, model, seed);
        Files.writeString(folder.resolve(TrainingProvenance.FILE), record);
        Path file = folder.resolve(CheckpointConfiguration.MANIFEST_FILE);
        CheckpointManifest made = Json.read(Files.readAllBytes(file), CheckpointManifest.class);
        List<CheckpointFile> files = new ArrayList<>(made.files());
        byte[] bytes = record.getBytes(StandardCharsets.UTF_8);
        files.add(new CheckpointFile(TrainingProvenance.FILE, bytes.length, Sha256.of(bytes)));
        Files.write(
                file,
                Json.writePretty(
                        new CheckpointManifest(
                                made.format(),
                                made.model(),
                                made.version(),
                                made.source(),
                                made.createdAt(),
                                files)));
        return folder;
    }

    private String fetchedRecord(CheckpointId id) throws IOException {
        return Files.readString(registry.fetch(id, cache()).resolve(TrainingProvenance.FILE));
    }

    /** One that was given up on goes on in the midst of its upload. */
    @Test
    void latePublisherDoesNotHarmWhatIsPublished() throws IOException {
        Path late = trained(18, "late");
        Path other = trained(18, "other");
        CheckpointId id = new CheckpointId(model, new CheckpointVersion("000000000012"));
        AtomicBoolean overtaken = new AtomicBoolean();
        ObjectStore slow =
                Interposed.as(
                        ObjectStore.class,
                        (method, arguments) -> {
                            if (method.getName().startsWith("put") && !overtaken.getAndSet(true)) {
                                registry.publish(other);
                            }
                            return Interposed.call(store, method, arguments);
                        });

        new CheckpointUpload(slow, late).run();

        assertThat(overtaken).isTrue();
        assertThat(fetchedRecord(id)).isEqualTo("other");
    }

    @Test
    void publishesWhatAnotherHasBegunToPublish() throws IOException {
        Path dead = trained(19, "dead");
        CheckpointId id = new CheckpointId(model, new CheckpointVersion("000000000013"));
        ObjectStore gone =
                Interposed.as(
                        ObjectStore.class,
                        (method, arguments) -> {
                            if (ObjectKeys.checkpointManifest(id).equals(arguments[0])
                                    && method.getName().startsWith("put")) {
                                throw new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "dead");
                            }
                            return Interposed.call(store, method, arguments);
                        });
        assertRefused(
                () -> new CheckpointUpload(gone, dead).run(), ErrorCode.STORE_UNAVAILABLE, "dead");

        registry.publish(trained(19, "next"));

        assertThat(fetchedRecord(id)).isEqualTo("dead");
    }

    @Test
    void replacesNothingThatIsNotTheVersions() throws IOException {
        CheckpointFixture made = checkpoint(20);
        var key = ObjectKeys.checkpointFile(made.id(), CheckpointFixture.NETWORK);
        store.put(key, new byte[10], "application/octet-stream");

        assertRefused(
                () -> registry.publish(made.folder()),
                ErrorCode.CORRUPT_CHECKPOINT,
                CheckpointFixture.NETWORK,
                "10 bytes");

        assertThat(store.list("checkpoints/" + model)).containsExactly(key);
        assertThat(store.size(key)).contains(10L);
    }

    @Test
    void refusesTamperedObjectByName() throws IOException {
        CheckpointFixture made = checkpoint(4);
        registry.publish(made.folder());
        byte[] network = Files.readAllBytes(made.folder().resolve(CheckpointFixture.NETWORK));
        network[7] ^= 1;
        var key = ObjectKeys.checkpointFile(made.id(), CheckpointFixture.NETWORK);
        store.put(key, network, "application/octet-stream");
        assertRefused(
                () -> registry.fetch(made.id(), cache()),
                ErrorCode.CORRUPT_CHECKPOINT,
                CheckpointFixture.NETWORK,
                "SHA-256");
        store.put(key, new byte[10], "application/octet-stream");
        assertRefused(
                () -> registry.fetch(made.id(), cache()),
                ErrorCode.CORRUPT_CHECKPOINT,
                CheckpointFixture.NETWORK,
                "10 bytes");
        store.delete(key);
        assertRefused(
                () -> registry.fetch(made.id(), cache()),
                ErrorCode.CORRUPT_CHECKPOINT,
                CheckpointFixture.NETWORK,
                "not in the bucket");
        assertThat(cache().resolve(model + "/" + made.id().version()))
                .isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void refusesTamperedConfiguration() throws IOException {
        CheckpointFixture made = checkpoint(5);
        registry.publish(made.folder());
        store.put(
                ObjectKeys.checkpointFile(made.id(), CheckpointConfiguration.FILE),
                "{}".getBytes(StandardCharsets.UTF_8),
                "application/json");
        assertRefused(
                () -> registry.configuration(made.id()),
                ErrorCode.CORRUPT_CHECKPOINT,
                CheckpointConfiguration.FILE);
    }

    @Test
    void refusesManifestThatIsNone() {
        CheckpointId id = new CheckpointId(model, new CheckpointVersion("00000000abcd"));
        store.put(
                ObjectKeys.checkpointManifest(id),
                "{\"format\": 1".getBytes(StandardCharsets.UTF_8),
                "application/json");
        assertRefused(
                () -> registry.fetch(id, cache()), ErrorCode.CORRUPT_CHECKPOINT, "manifest.json");
    }

    @Test
    void repairsCacheThatWasCutOrEdited() throws IOException {
        CheckpointFixture made = checkpoint(6);
        registry.publish(made.folder());
        Path network = registry.fetch(made.id(), cache()).resolve(CheckpointFixture.NETWORK);
        byte[] whole = Files.readAllBytes(network);

        Files.write(network, new byte[] {1, 2});
        registry.fetch(made.id(), cache());
        assertThat(network).hasBinaryContent(whole);

        byte[] edited = whole.clone();
        edited[0] ^= 1;
        Files.write(network, edited);
        Files.setLastModifiedTime(network, FileTime.fromMillis(1_000_000_000_000L));
        registry.fetch(made.id(), cache());
        assertThat(network).hasBinaryContent(whole);

        Files.delete(network);
        registry.fetch(made.id(), cache());
        assertThat(network).hasBinaryContent(whole);
    }

    @Test
    void doesNotFetchAgainWhatIsThere() throws IOException {
        CheckpointFixture made = checkpoint(7);
        registry.publish(made.folder());
        registry.fetch(made.id(), cache());
        store.delete(ObjectKeys.checkpointFile(made.id(), CheckpointFixture.NETWORK));
        assertThat(registry.fetch(made.id(), cache()).resolve(CheckpointFixture.NETWORK))
                .hasSize(200_000);
        // Also where the mark is gone and every file must be read to know.
        Files.delete(cache().resolve(model + "/" + made.id().version() + ".checked"));
        assertThat(registry.fetch(made.id(), cache()).resolve(CheckpointFixture.NETWORK))
                .hasSize(200_000);
    }

    /** A first half that is not the checkpoint's shows that only the second was asked for. */
    @Test
    void goesOnWhereADownloadWasCutOff() throws IOException {
        CheckpointFixture made = checkpoint(14);
        registry.publish(made.folder());
        byte[] network = Files.readAllBytes(made.folder().resolve(CheckpointFixture.NETWORK));
        byte[] otherBeginning = network.clone();
        otherBeginning[0] ^= 1;
        Path part = part(made);
        Files.createDirectories(part.getParent());
        Files.write(part, Arrays.copyOf(network, 130_000));
        store.put(
                ObjectKeys.checkpointFile(made.id(), CheckpointFixture.NETWORK),
                otherBeginning,
                "application/octet-stream");

        assertThat(registry.fetch(made.id(), cache()).resolve(CheckpointFixture.NETWORK))
                .hasBinaryContent(network);
        assertThat(part).doesNotExist();
    }

    @Test
    void keepsWhatCameWhereTheNetworkEnds() throws IOException {
        CheckpointFixture made = checkpoint(15);
        registry.publish(made.folder());
        byte[] network = Files.readAllBytes(made.folder().resolve(CheckpointFixture.NETWORK));
        ObjectStore cutOff =
                Interposed.as(
                        ObjectStore.class,
                        (method, arguments) -> {
                            if (method.getName().equals("download")
                                    && arguments[0]
                                            .toString()
                                            .endsWith(CheckpointFixture.NETWORK)) {
                                Files.write((Path) arguments[1], Arrays.copyOf(network, 90_000));
                                throw new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "cut off");
                            }
                            return Interposed.call(store, method, arguments);
                        });
        CheckpointManifest manifest = registry.manifest(made.id()).orElseThrow();
        assertRefused(
                () -> new CheckpointCache(cutOff, cache()).fetch(manifest),
                ErrorCode.STORE_UNAVAILABLE,
                "cut off");
        assertThat(part(made)).hasSize(90_000);

        assertThat(registry.fetch(made.id(), cache()).resolve(CheckpointFixture.NETWORK))
                .hasBinaryContent(network);
    }

    @Test
    void startsOverWhereThePartIsOfAnotherFile() throws IOException {
        for (int size : List.of(90_000, 200_000, 300_000)) {
            CheckpointFixture made = checkpoint(1000 + size);
            registry.publish(made.folder());
            Path part = part(made);
            Files.createDirectories(part.getParent());
            Files.write(part, new byte[size]);

            assertThat(registry.fetch(made.id(), cache()).resolve(CheckpointFixture.NETWORK))
                    .hasSameBinaryContentAs(made.folder().resolve(CheckpointFixture.NETWORK));
        }
    }

    private Path part(CheckpointFixture made) {
        return cache().resolve(model + "/" + made.id().version())
                .resolve(CheckpointFixture.NETWORK + ".part");
    }

    @Test
    void tellsOfPromotionsAndWithdrawals() throws IOException {
        CheckpointFixture base = checkpoint(16);
        CheckpointFixture trial = checkpoint(17);
        registry.publish(base.folder());
        List<ModelName> told = new CopyOnWriteArrayList<>();
        Runnable end = registry.listen(told::add);
        registry.promote(base.id());
        assertThat(told).contains(model);
        Promotion promotion =
                new Promotion(
                        model,
                        base.id().version(),
                        Instant.EPOCH,
                        Optional.of(new Promotion.Canary(trial.id().version(), 10)));
        assertRefused(
                () -> registry.promote(promotion), ErrorCode.UNKNOWN_MODEL, trial.id().toString());
        registry.publish(trial.folder());
        registry.promote(promotion);
        assertThat(registry.promotion(model)).contains(promotion);
        assertThat(registry.promoted(model)).contains(base.id());
        end.run();
        told.clear();
        registry.promote(base.id());
        assertThat(told).isEmpty();
    }

    @Test
    void letsManyFetchIntoOneCache() throws Exception {
        CheckpointFixture made = checkpoint(8);
        registry.publish(made.folder());
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (CheckpointRegistry other = newRegistry()) {
            List<Future<Path>> fetched = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                CheckpointRegistry one = i % 2 == 0 ? registry : other;
                fetched.add(threads.submit(() -> one.fetch(made.id(), cache())));
            }
            for (Future<Path> each : fetched) {
                assertThat(each.get().resolve(CheckpointFixture.NETWORK)).hasSize(200_000);
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void showsPromotionsToOthersAndAfterARestart() throws IOException {
        CheckpointFixture first = checkpoint(9);
        CheckpointFixture second = checkpoint(10);
        registry.publish(first.folder());
        registry.publish(second.folder());
        try (CheckpointRegistry other = newRegistry()) {
            assertThat(other.promoted(model)).isEmpty();
            registry.promote(first.id());
            assertThat(other.promoted(model)).contains(first.id());
            other.promote(second.id());
            assertThat(other.promoted(model)).contains(second.id());
        }
        registry.close();
        registry = newRegistry();
        assertThat(registry.promoted(model)).contains(second.id());
        registry.promote(first.id());
        assertThat(registry.promoted(model)).contains(first.id());
    }

    @Test
    void knowsNothingOfUnknownModels() {
        CheckpointId unknown = new CheckpointId(model, new CheckpointVersion("0123456789ab"));
        assertThat(registry.promoted(model)).isEmpty();
        assertThat(registry.manifest(unknown)).isEmpty();
        assertRefused(() -> registry.promote(unknown), ErrorCode.UNKNOWN_MODEL, unknown.toString());
        assertRefused(
                () -> registry.configuration(unknown), ErrorCode.UNKNOWN_MODEL, unknown.toString());
        assertRefused(
                () -> registry.fetch(unknown, cache()),
                ErrorCode.UNKNOWN_MODEL,
                unknown.toString());
    }

    @Test
    void passesOverRecordsThatAreNoPromotions() throws IOException {
        CheckpointFixture made = checkpoint(11);
        registry.publish(made.folder());
        registry.promote(made.id());
        try (RecordWriter writer = new RecordWriter(kafka)) {
            for (String nonsense : List.of("{", "[]", "{\"model\":\"other\",\"version\":1}", "")) {
                writer.write(
                        Topics.CHECKPOINTS,
                        model.value(),
                        Optional.of(nonsense.getBytes(StandardCharsets.UTF_8)));
                writer.write(Topics.CHECKPOINTS, "NO NAME", Optional.empty());
            }
        }
        try (CheckpointRegistry other = newRegistry()) {
            assertThat(other.promoted(model)).contains(made.id());
        }
    }

    @Test
    void forgetsModelWhosePromotionIsWithdrawn() throws IOException {
        CheckpointFixture made = checkpoint(12);
        registry.publish(made.folder());
        registry.promote(made.id());
        try (RecordWriter writer = new RecordWriter(kafka)) {
            writer.write(Topics.CHECKPOINTS, model.value(), Optional.empty());
        }
        try (CheckpointRegistry other = newRegistry()) {
            assertThat(other.promoted(model)).isEmpty();
        }
    }
}
