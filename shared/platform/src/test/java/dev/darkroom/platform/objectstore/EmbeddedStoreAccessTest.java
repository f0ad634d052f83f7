package dev.darkroom.platform.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.embedded.EmbeddedStore;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedStoreAccessTest {
    private static final ObjectKey KEY = new ObjectKey("jobs/a/b/result.json");

    private static ObjectStore client(EmbeddedStore server) {
        return new MinioObjectStore(
                new ObjectStoreSettings(
                        server.endpoint(), "us-east-1", "darkroom", "user", "secret-of-user"));
    }

    private static EmbeddedStore start(Path folder) throws IOException {
        return EmbeddedStore.start(folder.resolve("store"), 0, "user", "secret-of-user");
    }

    @Test
    void findsObjectsAgainAfterARestart(@TempDir Path folder) throws IOException {
        Path large = Files.write(folder.resolve("large"), new byte[40 << 20]);
        byte[] content = "{}".getBytes(StandardCharsets.UTF_8);
        try (EmbeddedStore server = start(folder);
                ObjectStore store = client(server)) {
            store.ensureBucket();
            store.put(KEY, content, "application/json");
            store.putFile(new ObjectKey("large"), large, "application/octet-stream");
        }
        try (EmbeddedStore server = start(folder);
                ObjectStore store = client(server)) {
            store.ensureBucket();
            assertThat(store.find(KEY))
                    .hasValueSatisfying(found -> assertThat(found).isEqualTo(content));
            assertThat(store.size(new ObjectKey("large"))).contains((long) (40 << 20));
            assertThat(store.list("")).containsExactly(KEY, new ObjectKey("large"));
            assertThat(store.putIfAbsent(KEY, new byte[] {1}, "application/json")).isFalse();
        }
    }

    @Test
    void letsNobodyInWithoutKeys(@TempDir Path folder) throws Exception {
        try (EmbeddedStore server = start(folder);
                ObjectStore store = client(server)) {
            store.ensureBucket();
            store.put(KEY, new byte[] {7}, "application/json");
            for (String method : List.of("GET", "PUT", "DELETE")) {
                assertThat(anonymous(server, method, "/darkroom/" + KEY)).as(method).isEqualTo(403);
            }
            assertThat(anonymous(server, "GET", "/darkroom")).isEqualTo(403);
            assertThat(store.find(KEY))
                    .hasValueSatisfying(found -> assertThat(found).containsExactly(7));
        }
    }

    private static int anonymous(EmbeddedStore server, String method, String path)
            throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(server.endpoint() + path))
                                .method(method, HttpRequest.BodyPublishers.ofString("x"))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
