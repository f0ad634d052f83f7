package dev.darkroom.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged application at SIGTERM. */
class DrainSystemTest {
    private static final String LONG =
            "{\"prompt\":\"a red sneaker\",\"steps\":1000,\"sampler\":\"euler\",\"count\":4}";

    private final HttpClient http = HttpClient.newHttpClient();
    private String server = "";

    @Test
    void isNotReadyFirstThenFinishesWhatRunsAndTakesNothingMore(@TempDir Path folder)
            throws IOException, InterruptedException {
        Darkroom darkroom = new Darkroom(folder, folder.resolve("home"));
        Darkroom.Running pool =
                darkroom.up(
                        Map.of(
                                "DARKROOM_WORKER_SLOTS", "1",
                                "DARKROOM_WORKER_GRACE_SECONDS", "120"));
        try {
            server = where(darkroom);
            Darkroom.await("it is ready", () -> get("/q/health/ready").statusCode() == 200);
            String running = submit(LONG);
            Darkroom.await("the job runs", () -> job(running).path("step").asInt() > 0);

            pool.signal("TERM");
            Darkroom.await("it is not ready", () -> get("/q/health/ready").statusCode() == 503);

            // The job goes on, and whoever asks is answered.
            assertThat(job(running).path("status").asText()).isEqualTo("running");
            String late = submit("{\"prompt\":\"a blue dress\"}");
            Darkroom.await(
                    "the job is done or the process gone",
                    () -> !pool.process().isAlive() || isDone(running));
            assertThat(pool.await().code()).isEqualTo(143);

            Darkroom.Running next = darkroom.up();
            try {
                server = where(darkroom);
                Darkroom.await("what came late is done", () -> isDone(late));
                JsonNode finished = job(running);
                assertThat(finished.path("status").asText()).isEqualTo("succeeded");
                assertThat(finished.path("attempt").asInt()).isOne();
                assertThat(job(late).path("attempt").asInt()).isOne();
                assertThat(job(late).path("worker").asText())
                        .isNotEqualTo(finished.path("worker").asText());
            } finally {
                next.process().destroy();
                next.await();
            }
        } finally {
            pool.kill();
        }
    }

    private static String where(Darkroom darkroom) throws IOException {
        return Json.tree(Files.readAllBytes(darkroom.home().resolve("pool.json")))
                .path("http")
                .asText();
    }

    private String submit(String body) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(server + "/v1/jobs"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build();
        HttpResponse<String> answer = send(request);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return json(answer).path("id").asText();
    }

    private boolean isDone(String id) {
        return job(id).path("status").asText().equals("succeeded");
    }

    /** An empty object where nobody answers. */
    private JsonNode job(String id) {
        try {
            return json(get("/v1/jobs/" + id));
        } catch (UncheckedIOException e) {
            return Json.mapper().createObjectNode();
        }
    }

    private HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(URI.create(server + path)).build());
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return Json.tree(answer.body().getBytes(StandardCharsets.UTF_8));
    }
}
