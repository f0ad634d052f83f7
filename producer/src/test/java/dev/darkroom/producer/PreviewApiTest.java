package dev.darkroom.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobPreview;
import dev.darkroom.contract.event.PreviewRequest;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.producer.status.JobBoard;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Looking at jobs that run; the test is their worker. */
@QuarkusTest
@QuarkusTestResource(PoolStub.class)
class PreviewApiTest {
    @Inject JobPublisher publisher;
    @Inject ObjectStore store;
    @Inject KafkaSettings kafka;
    @Inject JobBoard board;

    @TestHTTPResource("/")
    URI root;

    private final List<TopicRecord> control = new CopyOnWriteArrayList<>();
    private WorkerStub worker;
    private TopicReader reader;

    @BeforeEach
    void hireWorker() {
        worker = new WorkerStub(publisher, store);
        reader =
                new TopicReader(
                        kafka,
                        List.of(Topics.JOB_CONTROL),
                        control::add,
                        Optional.of(Instant.now().minusSeconds(1)));
        reader.start();
    }

    @AfterEach
    void stop() {
        reader.close();
        assertThat(board.watchers()).as("nobody waits any more").isZero();
    }

    @Test
    void whoeverAsksGetsTheFirstPreviewThatTheWorkerShows() {
        GenerationJob job = running("show me");
        assertThat(asked(job)).isFalse();
        get(job).then().body("links.preview", equalTo("/v1/jobs/" + job.id() + "/preview"));

        CompletableFuture<Response> answer = CompletableFuture.supplyAsync(() -> preview(job, 60));
        awaitTrue(() -> asked(job));
        // Progress alone shows nothing.
        progress(job, 5, Optional.empty());
        show(job, 6, 6);

        Response shown = answer.join();
        shown.then()
                .statusCode(200)
                .contentType("image/png")
                .header("Cache-Control", "no-store")
                .header("Content-Disposition", "inline; filename=\"" + job.id() + "-preview.png\"");
        assertThat(shown.asByteArray()).isEqualTo(picture(6));
        try (EventClient client =
                new EventClient(
                        root.resolve("/v1/jobs/" + job.id() + "/events"), Optional.empty())) {
            assertThat(List.of(next(client), next(client), next(client)).get(2))
                    .contains(
                            "\"preview\":{\"key\":\"jobs/"
                                    + job.id()
                                    + "/preview.png\",\"step\":6}");
        }
    }

    @Test
    void previewOfTheLatestStepIsThereAtOnceAndAnOlderOneIsNot() {
        GenerationJob job = running("latest");
        show(job, 5, 5);
        awaitStep(job, 5);
        preview(job, 60).then().statusCode(200);

        progress(job, 9, Optional.of(5));
        awaitStep(job, 9);
        CompletableFuture<Response> answer = CompletableFuture.supplyAsync(() -> preview(job, 60));
        awaitTrue(() -> board.watchers() > 0);
        assertThat(answer).isNotDone();
        show(job, 8, 11);

        assertThat(answer.join().asByteArray()).isEqualTo(picture(8));
    }

    @Test
    void waitsForAJobToBegin() {
        GenerationJob job = submit("soon");
        CompletableFuture<Response> answer = CompletableFuture.supplyAsync(() -> preview(job, 60));
        awaitTrue(() -> board.watchers() > 0);
        assertThat(asked(job)).isFalse();

        worker.start(job, 1);
        awaitTrue(() -> asked(job));
        show(job, 1, 1);

        answer.join().then().statusCode(200);
    }

    @Test
    void whatTakesTooLongMayBeAskedForAgain() {
        GenerationJob job = submit("slow");
        for (String detail :
                List.of(
                        "the job waits: there is nothing to see yet",
                        "the job runs: no worker has shown it yet")) {
            preview(job, 0)
                    .then()
                    .statusCode(409)
                    .contentType("application/problem+json")
                    .header("Retry-After", notNullValue())
                    .body("code", equalTo("JOB_NOT_DONE"))
                    .body("detail", equalTo(detail));
            worker.start(job, 1);
            awaitTrue(() -> "running".equals(get(job).path("status")));
        }
        show(job, 3, 3);
        progress(job, 7, Optional.of(3));
        awaitStep(job, 7);

        preview(job, 0).then().statusCode(200);
    }

    @Test
    void whoWaitsIsToldThatTheJobHasEnded() {
        GenerationJob job = running("ends");
        CompletableFuture<Response> answer = CompletableFuture.supplyAsync(() -> preview(job, 60));
        awaitTrue(() -> asked(job));

        worker.finish(job, 1);

        for (Response response : List.of(answer.join(), preview(job, 60))) {
            response.then()
                    .statusCode(409)
                    .header("Retry-After", nullValue())
                    .body("code", equalTo("JOB_ENDED"));
        }
        get(job).then().body("links.preview", nullValue());
        GenerationJob cancelled = running("cancelled");
        given().delete("/v1/jobs/" + cancelled.id()).then().statusCode(200);
        preview(cancelled, 60)
                .then()
                .statusCode(409)
                .body("detail", equalTo("the job is cancelled: there is nothing to see"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"61", "-1", "1.5", "soon"})
    void waitsOnlySoLong(String wait) {
        GenerationJob job = submit("patience");

        given().queryParam("wait", wait)
                .get("/v1/jobs/" + job.id() + "/preview")
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_REQUEST"));
    }

    @Test
    void jobsThatAreNotThereHaveNone() {
        given().get("/v1/jobs/" + Jobs.id(77) + "/preview")
                .then()
                .statusCode(404)
                .body("code", equalTo("UNKNOWN_JOB"));
    }

    private static GenerationJob submit(String prompt) {
        String id =
                given().contentType(ContentType.JSON)
                        .body("{\"prompt\":\"" + prompt + "\"}")
                        .post("/v1/jobs")
                        .path("id");
        return WorkerStub.resolve(id, GenerationRequest.of(prompt));
    }

    private GenerationJob running(String prompt) {
        GenerationJob job = submit(prompt);
        worker.start(job, 1);
        awaitTrue(() -> "running".equals(get(job).path("status")));
        return job;
    }

    /** Puts the preview of a step and tells it with a step that may be later. */
    private void show(GenerationJob job, int step, int toldWith) {
        store.put(ObjectKeys.preview(job.id()), picture(step), "image/png");
        progress(job, toldWith, Optional.of(step));
    }

    private void progress(GenerationJob job, int step, Optional<Integer> previewOf) {
        publisher.publish(
                new JobEvent.Progress(
                        job.id(),
                        Instant.now(),
                        1,
                        step,
                        job.steps(),
                        previewOf.map(of -> new JobPreview(ObjectKeys.preview(job.id()), of))),
                Optional.empty());
    }

    private static byte[] picture(int step) {
        return ("picture of step " + step).getBytes(StandardCharsets.UTF_8);
    }

    private boolean asked(GenerationJob job) {
        return control.stream()
                .filter(record -> record.key().equals(Optional.of(job.id().value())))
                .anyMatch(record -> PreviewRequest.isOne(record.value().orElseThrow()));
    }

    private static Response preview(GenerationJob job, int wait) {
        return given().queryParam("wait", wait).get("/v1/jobs/" + job.id() + "/preview");
    }

    private static Response get(GenerationJob job) {
        return given().get("/v1/jobs/" + job.id());
    }

    private static void awaitStep(GenerationJob job, int step) {
        awaitTrue(() -> Integer.valueOf(step).equals(get(job).path("step")));
    }

    private static String next(EventClient client) {
        return client.next().orElseThrow().data();
    }

    private static void awaitTrue(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("within 20 s").isLessThan(end);
            Thread.onSpinWait();
        }
    }
}
