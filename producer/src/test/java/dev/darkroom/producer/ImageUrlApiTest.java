package dev.darkroom.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;

import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.objectstore.ObjectStore;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** URLs of pictures that expire; who may ask for them, {@link KeysApiTest} shows. */
@QuarkusTest
@QuarkusTestResource(PoolStub.class)
class ImageUrlApiTest {
    @Inject JobPublisher publisher;
    @Inject ObjectStore store;

    @Test
    void aUrlGivesThePictureWithoutAKey() throws Exception {
        GenerationJob job = finished("linked");
        try (LogCapture log = new LogCapture()) {
            Instant before = Instant.now();
            Response answer = url(job, "");
            answer.then()
                    .statusCode(200)
                    .contentType(ContentType.JSON)
                    .header("Cache-Control", "no-store");
            String signed = answer.path("url");
            assertThat(Instant.parse(answer.path("expiresAt")))
                    .isBetween(before.plusSeconds(3599), Instant.now().plusSeconds(3600));
            HttpResponse<byte[]> picture = fetch(signed);
            assertThat(picture.statusCode()).isEqualTo(200);
            assertThat(picture.body()).isEqualTo(WorkerStub.png(job, 0));
            assertThat(picture.headers().firstValue("Content-Type")).contains("image/png");
            // What the log has of the store's own side is the store's affair.
            assertThat(log.lines())
                    .filteredOn(line -> line.startsWith("dev.darkroom"))
                    .noneMatch(line -> line.contains("X-Amz-Signature"));
        }
    }

    @Test
    void picturesAreWhereTheManifestSays() throws Exception {
        GenerationJob job = submitted("promoted between two attempts");
        store.put(ObjectKeys.image(job.id(), 0), new byte[] {1, 2, 3}, "image/png");
        finish(job);

        given().get("/v1/jobs/" + job.id()).then().body("images[0].href", endsWith("/images/0"));
        assertThat(given().get("/v1/jobs/" + job.id() + "/images/0").asByteArray())
                .isEqualTo(WorkerStub.png(job, 0));
        String signed = url(job, "").path("url");
        assertThat(fetch(signed).body()).isEqualTo(WorkerStub.png(job, 0));
    }

    @Test
    void aUrlExpiresWhenItWasAskedTo() throws Exception {
        GenerationJob job = finished("brief");
        String brief = url(job, "?expiresIn=1").path("url");
        String lasting = url(job, "?expiresIn=604800").path("url");
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (fetch(brief).statusCode() != 403) {
            assertThat(System.nanoTime()).as("within 60 s").isLessThan(end);
            Thread.sleep(200);
        }
        assertThat(fetch(lasting).statusCode()).isEqualTo(200);
    }

    @Test
    void timesThatS3DoesNotHaveAreRefused() {
        GenerationJob job = finished("bounds");
        for (String wrong : List.of("", "0", "604801", "-1", "1.5", "10m", "99999999999")) {
            url(job, "?expiresIn=" + wrong)
                    .then()
                    .statusCode(400)
                    .contentType("application/problem+json")
                    .body("code", equalTo("INVALID_REQUEST"))
                    .body("detail", containsString("expiresIn must be 1..604800"));
        }
    }

    @Test
    void thereIsNoUrlWhereThereIsNoPicture() {
        String waiting =
                given().contentType(ContentType.JSON)
                        .body("{\"prompt\":\"waits\"}")
                        .post("/v1/jobs")
                        .path("id");
        given().get("/v1/jobs/" + waiting + "/images/0/url")
                .then()
                .statusCode(409)
                .body("code", equalTo("JOB_NOT_DONE"));
        GenerationJob job = finished("removed");
        given().get("/v1/jobs/" + job.id() + "/images/1/url").then().statusCode(404);
        store.delete(ObjectKeys.image(job.id(), 0));
        url(job, "").then().statusCode(404).body("code", equalTo("UNKNOWN_JOB"));
    }

    private GenerationJob finished(String prompt) {
        GenerationJob job = submitted(prompt);
        finish(job);
        return job;
    }

    private GenerationJob submitted(String prompt) {
        String id =
                given().contentType(ContentType.JSON)
                        .body("{\"prompt\":\"" + prompt + "\"}")
                        .post("/v1/jobs")
                        .path("id");
        return WorkerStub.resolve(id, GenerationRequest.of(prompt));
    }

    private void finish(GenerationJob job) {
        new WorkerStub(publisher, store).finish(job, 1);
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!"succeeded".equals(given().get("/v1/jobs/" + job.id()).path("status"))) {
            assertThat(System.nanoTime()).as("within 20 s").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static Response url(GenerationJob job, String query) {
        return given().get("/v1/jobs/" + job.id() + "/images/0/url" + query);
    }

    private static HttpResponse<byte[]> fetch(String url) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url)).build(),
                        HttpResponse.BodyHandlers.ofByteArray());
    }
}
