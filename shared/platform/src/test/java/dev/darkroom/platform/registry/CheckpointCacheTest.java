package dev.darkroom.platform.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.testing.Interposed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is fetched for a version whose files another one has as well. */
class CheckpointCacheTest {
    private static final ModelName MODEL = new ModelName("shared");
    private static final String SMALL = "unet/saved_model.pb";

    @TempDir private Path temporary;
    private final Map<ObjectKey, Path> bucket = new HashMap<>();
    private final List<ObjectKey> fetched = new ArrayList<>();
    private long bytes;
    private CheckpointCache cache;
    private CheckpointFixture parent;
    private CheckpointFixture child;

    @BeforeEach
    void hasAParent() throws IOException {
        cache = new CheckpointCache(store(), temporary.resolve("cache"));
        parent = published(MODEL, 1);
        child = published(MODEL, 2);
        fetch(parent);
        assertThat(fetched).hasSize(5);
        fetched.clear();
        bytes = 0;
    }

    @Test
    void childFetchesOnlyWhatChanged() throws IOException {
        Path folder = fetch(child);

        assertThat(fetched).containsExactly(key(child, CheckpointFixture.NETWORK));
        assertThat(bytes).isEqualTo(200_000);
        assertIsWhole(child, folder);
        fetch(child);
        assertThat(fetched).as("nor anything again").hasSize(1);
    }

    @Test
    void childGoesOnWithWhatHadCome() throws IOException {
        Path network = child.folder().resolve(CheckpointFixture.NETWORK);
        Path part = folder(child).resolve(CheckpointFixture.NETWORK + ".part");
        Files.createDirectories(part.getParent());
        Files.write(part, Arrays.copyOf(Files.readAllBytes(network), 130_000));

        assertIsWhole(child, fetch(child));

        assertThat(bytes).isEqualTo(70_000);
    }

    @Test
    void anotherModelOfTheSameFilesFetchesNone() throws IOException {
        CheckpointFixture same = published(new ModelName("renamed"), 1);

        assertIsWhole(same, fetch(same));

        assertThat(fetched).isEmpty();
    }

    @Test
    void takesNothingSpoiledFromAnotherVersion() throws IOException {
        Path spoiled = folder(parent).resolve(SMALL);
        spoil(spoiled);

        assertIsWhole(child, fetch(child));

        assertThat(fetched)
                .containsExactlyInAnyOrder(
                        key(child, SMALL), key(child, CheckpointFixture.NETWORK));
        assertThat(spoiled).hasBinaryContent(new byte[] {3, 2, 1});
        // The child has it now: the parent's is replaced, not written into.
        fetched.clear();
        assertIsWhole(parent, fetch(parent));
        assertThat(fetched).isEmpty();
    }

    @Test
    void sharedFileThatWasEditedIsMendedForBoth() throws IOException {
        Path folder = fetch(child);
        // One file under two names: both have it spoiled, and each is mended when it is asked for.
        spoil(folder(parent).resolve(SMALL));
        assertIsWhole(parent, fetch(parent));
        assertThat(folder.resolve(SMALL)).hasBinaryContent(new byte[] {3, 2, 1});

        assertIsWhole(child, fetch(child));
        assertIsWhole(parent, folder(parent));
    }

    @Test
    void looksAtNoOtherVersionWhereNothingIsMissing() throws IOException {
        Path folder = fetch(child);
        Path unreadable = folder(parent).resolve(CheckpointConfiguration.MANIFEST_FILE);
        Files.delete(unreadable);
        Files.createDirectory(unreadable);
        fetched.clear();
        // Without its mark all of it is read again.
        Files.delete(folder.resolveSibling(child.id().version() + ".checked"));

        assertIsWhole(child, fetch(child));

        assertThat(fetched).isEmpty();
    }

    /** Of the same size. */
    private static void spoil(Path file) throws IOException {
        Files.write(file, new byte[] {3, 2, 1});
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L));
    }

    @Test
    void childOutlivesTheVersionThatItSharesWith() throws IOException {
        Path folder = fetch(child);
        for (CheckpointFixture each : List.of(parent, child)) {
            Files.setLastModifiedTime(
                    folder(each).resolveSibling(each.id().version() + ".lock"),
                    FileTime.from(Instant.now().minus(Duration.ofHours(1))));
        }

        assertThat(cache.removeOthers(MODEL, Set.of(child.id().version())))
                .containsExactly(parent.id().version());

        assertThat(folder(parent)).doesNotExist();
        assertIsWhole(child, folder);
    }

    private Path fetch(CheckpointFixture checkpoint) throws IOException {
        return cache.fetch(manifest(checkpoint));
    }

    private Path folder(CheckpointFixture checkpoint) {
        return temporary.resolve(
                "cache/" + checkpoint.id().model() + "/" + checkpoint.id().version());
    }

    private static CheckpointManifest manifest(CheckpointFixture checkpoint) throws IOException {
        return Json.read(
                Files.readAllBytes(
                        checkpoint.folder().resolve(CheckpointConfiguration.MANIFEST_FILE)),
                CheckpointManifest.class);
    }

    private static ObjectKey key(CheckpointFixture checkpoint, String path) {
        return ObjectKeys.checkpointFile(checkpoint.id(), path);
    }

    private CheckpointFixture published(ModelName model, int seed) throws IOException {
        CheckpointFixture made =
                CheckpointFixture.write(temporary.resolve(model + "-" + seed), model, seed);
        manifest(made)
                .files()
                .forEach(
                        file ->
                                bucket.put(
                                        key(made, file.path()),
                                        made.folder().resolve(file.path())));
        return made;
    }

    private static void assertIsWhole(CheckpointFixture checkpoint, Path folder)
            throws IOException {
        for (var file : manifest(checkpoint).files()) {
            assertThat(Sha256.of(folder.resolve(file.path())))
                    .as(file.path())
                    .isEqualTo(file.sha256());
        }
    }

    /** A bucket that counts what is asked of it. */
    private ObjectStore store() {
        return Interposed.as(
                ObjectStore.class,
                (method, arguments) ->
                        switch (method.getName()) {
                            case "size" ->
                                    Optional.of(Files.size(bucket.get((ObjectKey) arguments[0])));
                            case "download" ->
                                    download(
                                            (ObjectKey) arguments[0],
                                            (Path) arguments[1],
                                            (Long) arguments[2]);
                            default -> throw new UnsupportedOperationException(method.getName());
                        });
    }

    private boolean download(ObjectKey key, Path target, long from) throws IOException {
        byte[] content = Files.readAllBytes(bucket.get(key));
        byte[] rest = Arrays.copyOfRange(content, (int) from, content.length);
        Files.write(
                target,
                rest,
                StandardOpenOption.CREATE,
                from == 0 ? StandardOpenOption.TRUNCATE_EXISTING : StandardOpenOption.APPEND,
                StandardOpenOption.WRITE);
        fetched.add(key);
        bytes += rest.length;
        return true;
    }
}
