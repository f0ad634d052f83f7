package dev.darkroom.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.embedded.EmbeddedStore;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the S3 server that the standalone pool runs. */
final class DatasetMirrorTest {
    private static final DatasetName NAME = new DatasetName("shoes");
    private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000);

    @TempDir Path base = Path.of("");

    private static ObjectStore client(EmbeddedStore server) {
        ObjectStore store =
                new MinioObjectStore(
                        new ObjectStoreSettings(
                                server.endpoint(),
                                "us-east-1",
                                "darkroom",
                                "user",
                                "secret-of-user"));
        store.ensureBucket();
        return store;
    }

    private EmbeddedStore start() throws IOException {
        return EmbeddedStore.start(base.resolve("store"), 0, "user", "secret-of-user");
    }

    private static void put(ObjectStore store, String path, String content) {
        store.put(
                ObjectKeys.datasetFile(NAME, path),
                content.getBytes(StandardCharsets.UTF_8),
                "text/plain");
    }

    /** What the bucket has now. */
    private Path fetch(ObjectStore store) {
        DatasetMirror mirror = mirror(store, DataListing.of(store, NAME));
        assertThat(mirror.fetch()).isEmpty();
        return mirror.files();
    }

    private DatasetMirror mirror(ObjectStore store, DataListing listing) {
        return new DatasetMirror(store, listing, base.resolve("cache"));
    }

    @Test
    void keepsToItsListingWhateverBecomesOfTheBucket() throws IOException {
        try (EmbeddedStore server = start();
                ObjectStore store = client(server)) {
            put(store, "a", "one");
            put(store, "b", "two");
            DataListing listing = DataListing.of(store, NAME);
            put(store, "c", "new");
            DatasetMirror mirror = mirror(store, listing);

            assertThat(mirror.fetch()).isEmpty();
            assertThat(mirror.files().resolve("c")).doesNotExist();
            put(store, "a", "eno");
            store.delete(ObjectKeys.datasetFile(NAME, "b"));
            assertThat(mirror(store, listing).fetch()).isEmpty();
            assertThat(mirror.files().resolve("a")).hasContent("one");
            assertThat(mirror.files().resolve("b")).hasContent("two");
        }
    }

    @Test
    void namesWhatIsNoLongerAsItWasListed() throws IOException {
        try (EmbeddedStore server = start();
                ObjectStore store = client(server)) {
            put(store, "a", "one");
            put(store, "b", "two");
            DataListing listing = DataListing.of(store, NAME);
            // Of the same size.
            put(store, "b", "owt");
            DatasetMirror mirror = mirror(store, listing);

            assertThat(mirror.fetch()).contains(ObjectKeys.datasetFile(NAME, "b"));
            store.delete(ObjectKeys.datasetFile(NAME, "b"));
            assertThat(mirror.fetch()).contains(ObjectKeys.datasetFile(NAME, "b"));
            assertThat(mirror.files().resolve("b")).doesNotExist();
        }
    }

    @Test
    void fetchesWhatChangedAndRemovesWhatIsGone() throws IOException {
        try (EmbeddedStore server = start();
                ObjectStore store = client(server)) {
            put(store, "a.txt", "one");
            put(store, "deep/b c.txt", "two");
            put(store, "gone.txt", "three");
            Path files = fetch(store);
            assertThat(files.resolve("a.txt")).hasContent("one");
            assertThat(files.resolve("deep/b c.txt")).hasContent("two");

            Files.setLastModifiedTime(files.resolve("a.txt"), LONG_AGO);
            put(store, "deep/b c.txt", "owt");
            store.delete(ObjectKeys.datasetFile(NAME, "gone.txt"));
            // Another process, which knows only what lies in the folder.
            fetch(store);
            assertThat(Files.getLastModifiedTime(files.resolve("a.txt"))).isEqualTo(LONG_AGO);
            assertThat(files.resolve("deep/b c.txt")).hasContent("owt");
            assertThat(files.resolve("gone.txt")).doesNotExist();
        }
    }

    @Test
    void goesOnWhereItWasKilled() throws IOException {
        try (EmbeddedStore server = start();
                ObjectStore store = client(server)) {
            for (String name : new String[] {"a", "b", "c"}) {
                put(store, name, name + name);
            }
            Path cache = base.resolve("cache");
            Path files = fetch(store);
            // As after a kill in the middle of b: its line cut short, c never begun, a part left.
            Path record = cache.resolve("shoes/fetched.jsonl");
            String whole = Files.readString(record);
            Files.writeString(record, whole.substring(0, whole.indexOf("\"b\"") + 10));
            Files.writeString(files.resolve("b"), "xx");
            Files.delete(files.resolve("c"));
            Files.writeString(cache.resolve("shoes/part"), "c");
            Files.setLastModifiedTime(files.resolve("a"), LONG_AGO);

            fetch(store);
            assertThat(Files.getLastModifiedTime(files.resolve("a"))).isEqualTo(LONG_AGO);
            assertThat(files.resolve("b")).hasContent("bb");
            assertThat(files.resolve("c")).hasContent("cc");
            Files.setLastModifiedTime(files.resolve("b"), LONG_AGO);
            fetch(store);
            assertThat(Files.getLastModifiedTime(files.resolve("b"))).isEqualTo(LONG_AGO);
        }
    }

    @Test
    void givesAFolderThatCanBeTrainedOn() throws IOException {
        try (EmbeddedStore server = start();
                ObjectStore store = client(server)) {
            Path picture = base.resolve("picture.png");
            Pictures.write(Pictures.flat(16, 16, 0xFF0000), picture);
            store.putFile(ObjectKeys.datasetFile(NAME, "train/0.png"), picture, "image/png");
            put(store, "train/metadata.jsonl", "{\"file_name\":\"0.png\",\"text\":\"all red\"}");
            Path files = fetch(store);
            ImageFolder dataset =
                    ImageFolder.read(files, base, ImageFolder.Settings.standard(16, 8));
            assertThat(dataset.example(0, 0).caption()).isEqualTo("all red");
        }
    }

    @Test
    void saysWhenThereIsNothing() throws IOException {
        try (EmbeddedStore server = start();
                ObjectStore store = client(server)) {
            put(store, "a", "a");
            DatasetName other = new DatasetName("shoe");
            DataListing nothing = DataListing.of(store, other);
            assertThatThrownBy(() -> new DatasetMirror(store, nothing, base).fetch())
                    .hasMessage("the bucket has nothing under datasets/shoe/")
                    .isInstanceOfSatisfying(
                            DarkroomException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATASET));
        }
        assertThatThrownBy(() -> new DatasetName("../x")).isInstanceOf(DarkroomException.class);
    }
}
