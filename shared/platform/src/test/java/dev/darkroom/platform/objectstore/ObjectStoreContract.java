package dev.darkroom.platform.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.storage.ObjectKey;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the pool relies on in its object store, whichever server it is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class ObjectStoreContract {
    private static final String BYTES = "application/octet-stream";

    /** Keys of one test, so that tests see nothing of each other. */
    private String room = "";

    private ObjectStore store = new MinioObjectStore(nowhere(1));

    /** A running server, with credentials that may make a bucket. */
    abstract ObjectStoreSettings settings();

    @BeforeEach
    void opens() {
        store = new MinioObjectStore(settings());
        store.ensureBucket();
        room = "jobs/" + UUID.randomUUID() + "/";
    }

    @AfterEach
    void closes() {
        store.close();
    }

    private ObjectKey key(String name) {
        return new ObjectKey(room + name);
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static void assertCode(ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DarkroomException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void givesBackWhatWasPut() {
        byte[] picture = random(300_000);
        store.put(key("0.png"), picture, "image/png");
        assertThat(store.find(key("0.png")))
                .hasValueSatisfying(got -> assertThat(got).isEqualTo(picture));
        assertThat(store.size(key("0.png"))).contains(300_000L);
    }

    @Test
    void keepsAnEmptyObject() {
        store.put(key("empty"), new byte[0], BYTES);
        assertThat(store.size(key("empty"))).contains(0L);
        assertThat(store.find(key("empty"))).hasValueSatisfying(got -> assertThat(got).isEmpty());
    }

    /** At every start, and at many at once. */
    @Test
    void isFitAgainAndAgain() {
        store.requireConditionalWrites();
        store.requireConditionalWrites();
    }

    @Test
    void replacesAnObject() {
        store.put(key("a"), random(10), BYTES);
        store.put(key("a"), random(20), BYTES);
        assertThat(store.find(key("a")))
                .hasValueSatisfying(got -> assertThat(got).isEqualTo(random(20)));
    }

    @Test
    void downloadsOnlyTheContentThatAListingToldOf(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("file");
        store.put(key("one"), random(300), BYTES);
        String tag = store.objects(room).get(0).tag();

        assertThat(store.download(key("one"), file, tag)).isTrue();
        assertThat(Files.readAllBytes(file)).isEqualTo(random(300));
        Files.delete(file);
        byte[] other = random(300);
        other[299]++;
        store.put(key("one"), other, BYTES);
        assertThat(store.download(key("one"), file, tag)).isFalse();
        assertThat(store.download(key("missing"), file, tag)).isFalse();
        assertThat(file).doesNotExist();
        assertThat(store.download(key("one"), file, store.objects(room).get(0).tag())).isTrue();
        assertThat(Files.readAllBytes(file)).isEqualTo(other);
    }

    @Test
    void findsNothingWhereThereIsNothing(@TempDir Path folder) {
        assertThat(store.find(key("missing"))).isEmpty();
        assertThat(store.size(key("missing"))).isEmpty();
        assertThat(store.download(key("missing"), folder.resolve("file"))).isFalse();
        assertThat(folder.resolve("file")).doesNotExist();
        assertThat(store.list(room)).isEmpty();
        store.delete(key("missing"));
    }

    @Test
    void goesOnWithADownloadThatStopped(@TempDir Path folder) throws IOException {
        byte[] whole = random(100_000);
        store.put(key("weights"), whole, BYTES);
        Path part = folder.resolve("part");
        // Beyond the offset lies what is not to be trusted.
        Files.write(part, Arrays.copyOf(whole, 70_000));
        Files.write(part, new byte[500], StandardOpenOption.APPEND);
        assertThat(store.download(key("weights"), part, 70_000)).isTrue();
        assertThat(part).hasBinaryContent(whole);
        assertThat(store.download(key("missing"), part, 10)).isFalse();
        assertThat(part).hasBinaryContent(whole);
    }

    @Test
    void listsKeysByPrefixInOrder() {
        for (String name : List.of("b/c/2", "a", "b/c/1", "b/d", "bb")) {
            store.put(key(name), random(3), BYTES);
        }
        assertThat(store.list(room))
                .containsExactly(key("a"), key("b/c/1"), key("b/c/2"), key("b/d"), key("bb"));
        assertThat(store.list(room + "b/")).containsExactly(key("b/c/1"), key("b/c/2"), key("b/d"));
    }

    @Test
    void tellsSizesAndWhetherAnObjectChanged() {
        store.put(key("a"), random(3), BYTES);
        store.put(key("b"), random(40), BYTES);
        List<StoredObject> before = store.objects(room);
        assertThat(before).extracting(StoredObject::key).containsExactly(key("a"), key("b"));
        assertThat(before).extracting(StoredObject::size).containsExactly(3L, 40L);
        store.put(key("b"), new byte[40], BYTES);
        List<StoredObject> after = store.objects(room);
        assertThat(after.get(0)).isEqualTo(before.get(0));
        assertThat(after.get(1).tag()).isNotBlank().isNotEqualTo(before.get(1).tag());
    }

    @Test
    void listsMoreKeysThanOnePageHolds() {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<ObjectKey> keys = new ArrayList<>();
        for (int i = 0; i < 1100; i++) {
            keys.add(key(String.format("%04d", i)));
        }
        try {
            for (Future<?> put :
                    keys.stream()
                            .map(key -> threads.submit(() -> store.put(key, random(1), BYTES)))
                            .toList()) {
                assertThat(put).succeedsWithin(Duration.ofSeconds(60));
            }
        } finally {
            threads.shutdown();
        }
        assertThat(store.list(room)).containsExactlyElementsOf(keys);
    }

    @Test
    void deletesAnObject() {
        store.put(key("a"), random(3), BYTES);
        store.delete(key("a"));
        assertThat(store.find(key("a"))).isEmpty();
        assertThat(store.list(room)).isEmpty();
    }

    @Test
    void keepsKeysWithUnusualLetters() {
        for (String name : List.of("with space", "plus+and=&?", "ünïcode-靴", "a%2Fb", "it's(1)")) {
            byte[] name8 = name.getBytes(StandardCharsets.UTF_8);
            store.put(key(name), name8, BYTES);
            assertThat(store.find(key(name)))
                    .as(name)
                    .hasValueSatisfying(got -> assertThat(got).isEqualTo(name8));
            assertThat(store.list(room + name)).containsExactly(key(name));
        }
    }

    @Test
    void writesOnceWhatManyWriteIfAbsent() throws Exception {
        int writers = 8;
        ExecutorService threads = Executors.newFixedThreadPool(writers);
        try {
            for (int round = 0; round < 5; round++) {
                ObjectKey key = key("result-" + round + ".json");
                CyclicBarrier together = new CyclicBarrier(writers);
                List<Future<Boolean>> wrote = new ArrayList<>();
                for (int i = 0; i < writers; i++) {
                    byte[] content = {(byte) i};
                    wrote.add(
                            threads.submit(
                                    () -> {
                                        together.await();
                                        return store.putIfAbsent(key, content, BYTES);
                                    }));
                }
                List<Integer> winners = new ArrayList<>();
                for (int i = 0; i < writers; i++) {
                    if (wrote.get(i).get()) {
                        winners.add(i);
                    }
                }
                assertThat(winners).hasSize(1);
                byte[] won = {winners.get(0).byteValue()};
                assertThat(store.find(key))
                        .hasValueSatisfying(got -> assertThat(got).isEqualTo(won));
                assertThat(store.putIfAbsent(key, new byte[] {99}, BYTES)).isFalse();
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void carriesLargeFilesInParts(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("large");
        byte[] block = random(1 << 20);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < 60; i++) {
                block[0] = (byte) i;
                out.write(block);
            }
            out.write(7);
        }
        store.putFile(key("large"), file, BYTES);
        assertThat(store.size(key("large"))).contains(Files.size(file));
        Path back = folder.resolve("back");
        assertThat(store.download(key("large"), back)).isTrue();
        assertThat(Files.mismatch(file, back)).isEqualTo(-1);
    }

    @Test
    void carriesSmallAndEmptyFiles(@TempDir Path folder) throws IOException {
        for (int size : new int[] {0, 1, 5000}) {
            Path file = Files.write(folder.resolve("f" + size), random(size));
            store.putFile(key("f" + size), file, BYTES);
            assertThat(store.find(key("f" + size)))
                    .hasValueSatisfying(got -> assertThat(got).isEqualTo(random(size)));
        }
    }

    @Test
    void givesTheObjectToWhoeverHasAUrlOfIt() throws Exception {
        byte[] picture = random(300_000);
        store.put(key("0.png"), picture, "image/png");
        store.put(key("1.png"), random(10), "image/png");
        Instant before = Instant.now();

        PresignedUrl signed = store.presign(key("0.png"), Duration.ofHours(1));

        assertThat(signed.expiresAt())
                .isBetween(
                        before.minusSeconds(1).plusSeconds(3600), Instant.now().plusSeconds(3600));
        HttpResponse<byte[]> answer = fetch(signed.url());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(picture);
        assertThat(answer.headers().firstValue("Content-Type")).contains("image/png");
        String url = signed.url().toString();
        for (String forged :
                List.of(
                        url.replace("0.png", "1.png"),
                        url.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200"),
                        url.substring(0, url.indexOf('?')))) {
            assertThat(forged).isNotEqualTo(url);
            assertThat(fetch(URI.create(forged)).statusCode()).as(forged).isEqualTo(403);
        }
        assertThat(signed.toString()).doesNotContain("X-Amz").contains("0.png");
    }

    @Test
    void refusesAUrlThatHasExpired() throws Exception {
        store.put(key("0.png"), random(10), "image/png");
        PresignedUrl brief = store.presign(key("0.png"), Duration.ofSeconds(1));
        PresignedUrl lasting = store.presign(key("0.png"), ObjectStore.LONGEST_LINK);
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (fetch(brief.url()).statusCode() != 403) {
            assertThat(System.nanoTime()).as("within 60 s").isLessThan(end);
            Thread.sleep(200);
        }
        assertThat(Instant.now()).isAfterOrEqualTo(brief.expiresAt());
        assertThat(fetch(lasting.url()).statusCode()).isEqualTo(200);
    }

    @Test
    void signsKeysWithUnusualLetters() throws Exception {
        for (String name : List.of("with space", "plus+and=&?", "ünïcode-靴", "it's(1)")) {
            store.put(key(name), name.getBytes(StandardCharsets.UTF_8), BYTES);
            HttpResponse<byte[]> answer =
                    fetch(store.presign(key(name), Duration.ofMinutes(10)).url());
            assertThat(answer.statusCode()).as(name).isEqualTo(200);
            assertThat(new String(answer.body(), StandardCharsets.UTF_8)).isEqualTo(name);
        }
    }

    @Test
    void signsForTheHostThatOthersSeeAndAsksNobody() throws Exception {
        ObjectStoreSettings right = settings();
        ObjectStoreSettings away = nowhere(1);
        store.put(key("a"), random(10), BYTES);
        try (ObjectStore unreachable =
                new MinioObjectStore(
                        new ObjectStoreSettings(
                                away.endpoint(),
                                right.region(),
                                right.bucket(),
                                right.accessKey(),
                                right.secretKey(),
                                Optional.empty(),
                                Optional.of(right.endpoint())))) {
            URI url = unreachable.presign(key("a"), Duration.ofMinutes(10)).url();
            assertThat(fetch(url).body()).isEqualTo(random(10));
        }
    }

    @Test
    void signsOnlyForTimesThatS3Has() {
        for (Duration wrong :
                List.of(
                        Duration.ZERO,
                        Duration.ofSeconds(-1),
                        Duration.ofMillis(1500),
                        ObjectStore.LONGEST_LINK.plusSeconds(1))) {
            assertThatThrownBy(() -> store.presign(key("a"), wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(wrong.toString());
        }
    }

    private static HttpResponse<byte[]> fetch(URI url) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void tellsWrongCredentialsFromAFailure() {
        ObjectStoreSettings right = settings();
        for (ObjectStoreSettings wrong :
                List.of(
                        new ObjectStoreSettings(
                                right.endpoint(),
                                right.region(),
                                right.bucket(),
                                right.accessKey(),
                                "not-the-secret"),
                        new ObjectStoreSettings(
                                right.endpoint(),
                                right.region(),
                                right.bucket(),
                                "nobody-known",
                                right.secretKey()))) {
            try (ObjectStore refused = new MinioObjectStore(wrong)) {
                assertCode(refused::ensureBucket, ErrorCode.MISCONFIGURED);
                assertCode(() -> refused.find(key("a")), ErrorCode.MISCONFIGURED);
                assertCode(() -> refused.size(key("a")), ErrorCode.MISCONFIGURED);
                assertCode(() -> refused.put(key("a"), random(3), BYTES), ErrorCode.MISCONFIGURED);
                assertCode(() -> refused.list(room), ErrorCode.MISCONFIGURED);
            }
        }
    }

    @Test
    void tellsAMissingBucketFromAMissingObject() {
        ObjectStoreSettings right = settings();
        ObjectStoreSettings other =
                new ObjectStoreSettings(
                        right.endpoint(),
                        right.region(),
                        "no-such-bucket-here",
                        right.accessKey(),
                        right.secretKey());
        try (ObjectStore without = new MinioObjectStore(other)) {
            assertCode(() -> without.find(key("a")), ErrorCode.MISCONFIGURED);
            assertCode(() -> without.put(key("a"), random(3), BYTES), ErrorCode.MISCONFIGURED);
        }
    }

    @Test
    void makesItsBucketFromManyServicesAtOnce() throws Exception {
        ObjectStoreSettings right = settings();
        ObjectStoreSettings fresh =
                new ObjectStoreSettings(
                        right.endpoint(),
                        right.region(),
                        "fresh-" + UUID.randomUUID(),
                        right.accessKey(),
                        right.secretKey());
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (ObjectStore one = new MinioObjectStore(fresh)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(threads.submit(one::ensureBucket));
            }
            for (Future<?> each : all) {
                each.get();
            }
            one.put(key("a"), random(3), BYTES);
            assertThat(one.size(key("a"))).contains(3L);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void saysSoonThatNobodyAnswers() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        long start = System.nanoTime();
        try (ObjectStore away = new MinioObjectStore(nowhere(port))) {
            assertCode(() -> away.find(key("a")), ErrorCode.STORE_UNAVAILABLE);
            assertCode(away::ensureBucket, ErrorCode.STORE_UNAVAILABLE);
            assertThatThrownBy(() -> away.size(key("a"))).hasMessageContaining(":" + port);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
    }

    private static ObjectStoreSettings nowhere(int port) {
        return new ObjectStoreSettings(
                URI.create("http://127.0.0.1:" + port),
                "us-east-1",
                "darkroom",
                "user",
                "secret12");
    }
}
