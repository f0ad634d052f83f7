package dev.darkroom.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.RecordWriter;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.producer.EventClient.Received;
import dev.darkroom.producer.status.BoardFeed;
import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.producer.status.JobState;
import dev.darkroom.producer.status.JobStatus;
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
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(PoolStub.class)
class JobsApiTest {
    @Inject JobPublisher publisher;
    @Inject ObjectStore store;
    @Inject KafkaSettings kafka;

    @TestHTTPResource("/")
    URI root;

    private WorkerStub worker;

    @BeforeEach
    void hireWorker() {
        worker = new WorkerStub(publisher, store);
    }

    @Test
    void aJobGoesFromPromptToPictures() {
        Response accepted =
                given().contentType(ContentType.JSON)
                        .body("{\"prompt\":\"a red sneaker\",\"seed\":7,\"count\":2}")
                        .post("/v1/jobs");
        accepted.then()
                .statusCode(202)
                .contentType(ContentType.JSON)
                .body("status", equalTo("accepted"))
                .body("seed", equalTo(7))
                .body("attempt", equalTo(0))
                .body("images", nullValue())
                .body("links.images", hasSize(2))
                .body("job.prompt", equalTo("a red sneaker"))
                .body("job.negativePrompt", equalTo(""))
                .body("job.model", equalTo("fashion-sd"))
                .body("job.version", nullValue())
                .body("job.width", equalTo(32))
                .body("job.steps", equalTo(25))
                .body("job.sampler", equalTo("dpmpp_2m_karras"))
                .body("job.guidanceScale", equalTo(4.0f));
        String id = accepted.path("id");
        assertThat(accepted.header("Location")).endsWith("/v1/jobs/" + id);
        GenerationJob job = WorkerStub.resolve(id, requestOf("a red sneaker", 7, 2));
        assertThat(status(id)).isEqualTo("accepted");
        image(id, 0)
                .then()
                .statusCode(409)
                .contentType("application/problem+json")
                .body("code", equalTo("JOB_NOT_DONE"));

        worker.start(job, 1);
        worker.progress(job, 1, 5);
        awaitStatus(id, "running");
        awaitTrue(() -> get(id).<Integer>path("step") != null);
        get(id).then()
                .body("attempt", equalTo(1))
                .body("step", equalTo(5))
                .body("steps", equalTo(25))
                .body("fraction", equalTo(0.2f))
                .body("worker", equalTo("worker-1"))
                .body("checkpoint", equalTo(Jobs.VERSION.value()))
                .body("startedAt", notNullValue())
                .body("finishedAt", nullValue());
        image(id, 0).then().statusCode(409);

        ResultManifest manifest = worker.finish(job, 1);
        awaitStatus(id, "succeeded");
        get(id).then()
                .header("Cache-Control", "no-store")
                .body("fraction", equalTo(1.0f))
                .body("images", hasSize(2))
                .body("images.index", contains(0, 1))
                .body("images.seed", contains(7, 8))
                .body("images[1].sha256", equalTo(manifest.images().get(1).sha256()))
                .body("images[1].size", equalTo((int) manifest.images().get(1).size()))
                .body("images[1].href", equalTo("/v1/jobs/" + id + "/images/1"))
                .body("seconds.denoiser", equalTo(1.0f))
                .body("error", nullValue())
                .body("finishedAt", notNullValue());

        Response picture = image(id, 1);
        picture.then()
                .statusCode(200)
                .contentType("image/png")
                .header("ETag", "\"" + manifest.images().get(1).sha256() + "\"")
                .header("Cache-Control", "public, max-age=31536000, immutable")
                .header("Content-Disposition", "inline; filename=\"" + id + "-1.png\"");
        assertThat(picture.asByteArray()).isEqualTo(WorkerStub.png(job, 1));
        given().header("If-None-Match", picture.header("ETag"))
                .get("/v1/jobs/" + id + "/images/1")
                .then()
                .statusCode(304);
        for (String index : List.of("2", "-1", "x", "00", "99999999999")) {
            given().get("/v1/jobs/" + id + "/images/" + index)
                    .then()
                    .statusCode(404)
                    .body("code", equalTo("UNKNOWN_JOB"));
        }
    }

    @Test
    void eventsComeLiveAndEndWithTheFinalOne() {
        String id = submit("{\"prompt\":\"live\"}");
        GenerationJob job = WorkerStub.resolve(id, GenerationRequest.of("live"));
        try (EventClient client = events(id, Optional.empty())) {
            assertThat(client.status()).isEqualTo(200);
            assertThat(client.contentType()).startsWith("text/event-stream");
            assertThat(client.next()).get().extracting(Received::event).isEqualTo("accepted");

            worker.start(job, 1);
            Received started = client.next().orElseThrow();
            assertThat(started.event()).isEqualTo("started");
            assertThat(Json.read(bytes(started.data()), JobEvent.class))
                    .isInstanceOf(JobEvent.Started.class);

            worker.progress(job, 1, 1);
            assertThat(client.next()).get().extracting(Received::event).isEqualTo("progress");
            worker.progress(job, 1, 2);
            Received progress = client.next().orElseThrow();
            assertThat(Json.tree(bytes(progress.data())).get("step").intValue()).isEqualTo(2);

            worker.finish(job, 1);
            Received last = client.next().orElseThrow();
            assertThat(last.event()).isEqualTo("succeeded");
            assertThat(client.next()).isEmpty();
            assertThat(List.of(started.id(), progress.id(), last.id())).containsExactly(2L, 4L, 5L);
        }
    }

    @Test
    void aFinishedJobsEventsAreReplayedAndEnd() {
        String id = submit("{\"prompt\":\"done\"}");
        GenerationJob job = WorkerStub.resolve(id, GenerationRequest.of("done"));
        worker.start(job, 1);
        worker.progress(job, 1, 1);
        worker.progress(job, 1, 25);
        worker.finish(job, 1);
        awaitStatus(id, "succeeded");

        try (EventClient client = events(id, Optional.empty())) {
            List<Received> all = client.rest();
            assertThat(all)
                    .extracting(Received::event)
                    .containsExactly("accepted", "started", "progress", "succeeded");
            assertThat(all).extracting(Received::id).isSorted().doesNotHaveDuplicates();
        }
        try (EventClient client = events(id, Optional.of("2"))) {
            assertThat(client.rest())
                    .extracting(Received::event)
                    .containsExactly("progress", "succeeded");
        }
        try (EventClient client = events(id, Optional.of("5"))) {
            assertThat(client.status()).isEqualTo(204);
        }
        for (String unheardOf : List.of("900", "x", "-1", "")) {
            try (EventClient client = events(id, Optional.of(unheardOf))) {
                assertThat(client.rest()).hasSize(4);
            }
        }
    }

    @Test
    void anIdleStreamIsKeptAliveByComments() {
        String id = submit("{\"prompt\":\"waiting\"}");
        try (EventClient client = events(id, Optional.empty())) {
            assertThat(client.nextOfAny()).get().extracting(Received::event).isEqualTo("accepted");
            assertThat(client.nextOfAny())
                    .get()
                    .satisfies(comment -> assertThat(comment.fields()).containsOnlyKeys(""));
        }
    }

    @Test
    void aFailedJobSaysWhy() {
        String id = submit("{\"prompt\":\"fails\"}");
        worker.fail(new JobId(id), ErrorCode.GENERATION_FAILED, "the decoder returned NaN");
        awaitStatus(id, "failed");
        get(id).then()
                .body("error.code", equalTo("GENERATION_FAILED"))
                .body("error.message", equalTo("the decoder returned NaN"))
                .body("links.images", hasSize(0))
                .body("finishedAt", notNullValue());
        image(id, 0).then().statusCode(404);
        try (EventClient client = events(id, Optional.empty())) {
            assertThat(client.rest())
                    .extracting(Received::event)
                    .containsExactly("accepted", "failed");
        }
    }

    @Test
    void aStrangersJobWithOnlyIdAndPromptIsVisible() {
        String id = UUID.randomUUID().toString();
        try (RecordWriter stranger = new RecordWriter(kafka)) {
            stranger.write(
                    Topics.JOBS,
                    id,
                    Optional.of(bytes("{\"id\":\"" + id + "\",\"prompt\":\"foreign\"}")));
        }
        get(id).then()
                .statusCode(200)
                .body("status", equalTo("accepted"))
                .body("job.prompt", equalTo("foreign"))
                .body("job.steps", nullValue())
                .body("acceptedAt", notNullValue());
        assertThat(get(id).<Number>path("seed").longValue()).isEqualTo(new JobId(id).derivedSeed());

        worker.start(WorkerStub.resolve(id, GenerationRequest.of("foreign")), 1);
        awaitStatus(id, "running");
        get(id).then().body("job.steps", equalTo(25));
        try (EventClient client = events(id, Optional.empty())) {
            assertThat(client.next()).get().extracting(Received::event).isEqualTo("accepted");
            assertThat(client.next()).get().extracting(Received::event).isEqualTo("started");
        }
    }

    @Test
    void aJobWhoseEventsAreGoneIsKnownByItsResult() {
        String id = UUID.randomUUID().toString();
        try (RecordWriter earlier = new RecordWriter(kafka)) {
            earlier.write(
                    Topics.JOBS,
                    id,
                    Optional.of(bytes("{\"id\":\"" + id + "\",\"prompt\":\"long ago\"}")));
        }
        awaitStatus(id, "accepted");
        GenerationJob job = WorkerStub.resolve(id, GenerationRequest.of("long ago"));
        worker.deliver(job, 1);

        get(id).then()
                .body("status", equalTo("succeeded"))
                .body("images", hasSize(1))
                .body("worker", equalTo("worker-1"));
        assertThat(image(id, 0).asByteArray()).isEqualTo(WorkerStub.png(job, 0));
        try (EventClient client = events(id, Optional.empty())) {
            assertThat(client.rest()).extracting(Received::event).containsExactly("succeeded");
        }
    }

    @Test
    void malformedRecordsOnTheTopicsHarmNobody() {
        try (RecordWriter stranger = new RecordWriter(kafka)) {
            for (String topic : List.of(Topics.JOBS, Topics.JOB_EVENTS)) {
                for (String garbage :
                        List.of(
                                "",
                                "{",
                                "[]",
                                "null",
                                "{\"id\":5}",
                                "\u0000",
                                "{\"type\":\"x\"}")) {
                    stranger.write(topic, "key", Optional.of(bytes(garbage)));
                }
                stranger.write(topic, "key", Optional.empty());
            }
        }
        String id = submit("{\"prompt\":\"after garbage\"}");
        assertThat(status(id)).isEqualTo("accepted");
        given().get("/q/health/ready").then().statusCode(200);
    }

    @Test
    void aRestartForgetsNothing() {
        String waiting = submit("{\"prompt\":\"waits\",\"seed\":5}");
        String running = submit("{\"prompt\":\"runs\"}");
        GenerationJob job = WorkerStub.resolve(running, GenerationRequest.of("runs"));
        worker.start(job, 1);
        worker.progress(job, 1, 7);
        awaitTrue(() -> get(running).<Integer>path("step") != null);

        JobBoard after = new JobBoard(100_000);
        try (TopicReader reader =
                new TopicReader(
                        kafka, List.of(Topics.JOBS, Topics.JOB_EVENTS), new BoardFeed(after))) {
            reader.start();
            assertThat(reader.awaitCaughtUp(Duration.ofSeconds(20))).isTrue();
        }

        JobState state = after.find(new JobId(waiting)).orElseThrow();
        assertThat(state.status()).isEqualTo(JobStatus.ACCEPTED);
        assertThat(state.seed()).isEqualTo(5);
        JobState other = after.find(new JobId(running)).orElseThrow();
        assertThat(other.status()).isEqualTo(JobStatus.RUNNING);
        assertThat(other.request()).contains(job.asRequest());
        assertThat(other.history().last()).isEqualTo(3);
    }

    @Test
    void theBucketAnswersForAJobThatNoTopicKnows() {
        GenerationJob job = Jobs.job(JobId.of(UUID.randomUUID()), "long ago");
        byte[] png = WorkerStub.png(job, 0);
        store.put(ObjectKeys.image(job.id(), 0), png, "image/png");
        ResultManifest manifest =
                new ResultManifest(
                        job,
                        Jobs.VERSION,
                        List.of(
                                new dev.darkroom.contract.job.StoredImage(
                                        0,
                                        ObjectKeys.image(job.id(), 0),
                                        png.length,
                                        PoolStub.sha256(png),
                                        job.seed())),
                        1,
                        "worker-9",
                        new dev.darkroom.contract.job.StageTimings(1, 1, 1, 1),
                        Jobs.at(0));
        store.put(ObjectKeys.result(job.id()), Json.write(manifest), "application/json");

        get(job.id().value())
                .then()
                .statusCode(200)
                .body("status", equalTo("succeeded"))
                .body("worker", equalTo("worker-9"));
        assertThat(image(job.id().value(), 0).asByteArray()).isEqualTo(png);
        try (EventClient client = events(job.id().value(), Optional.empty())) {
            assertThat(client.rest()).extracting(Received::event).containsExactly("succeeded");
        }
    }

    @Test
    void listsTheLatestJobsFirst() {
        String first = submit("{\"prompt\":\"first\"}");
        String second = submit("{\"prompt\":\"second\"}");
        assertThat(status(second)).isEqualTo("accepted");
        given().get("/v1/jobs?limit=2")
                .then()
                .statusCode(200)
                .body("jobs.id", contains(second, first));
        for (String limit : List.of("0", "101", "x", "-1")) {
            given().get("/v1/jobs?limit=" + limit)
                    .then()
                    .statusCode(400)
                    .body("code", equalTo("INVALID_REQUEST"));
        }
    }

    @Test
    void listsTheModels() {
        given().get("/v1/models")
                .then()
                .statusCode(200)
                // Other tests of this JVM publish models of their own.
                .rootPath("models.find { it.name == 'fashion-sd' }")
                .body("version", equalTo(Jobs.VERSION.value()))
                .body("width", equalTo(32))
                .body("multipleOf", equalTo(8))
                .body("maxPixels", equalTo(4096))
                .body("defaults.sampler", equalTo("dpmpp_2m_karras"))
                .body("samplers", contains("ddim", "euler", "dpmpp_2m_karras"));
    }

    @Test
    void aWaitingJobIsCancelledAtOnceAndForGood() {
        String id = submit("{\"prompt\":\"unwanted\",\"count\":3}");
        try (EventClient client = events(id, Optional.empty())) {
            cancel(id)
                    .then()
                    .statusCode(200)
                    .header("Cache-Control", "no-store")
                    .body("status", equalTo("cancelled"))
                    .body("links.images", hasSize(0))
                    .body("images", nullValue())
                    .body("error", nullValue())
                    .body("finishedAt", notNullValue());
            assertThat(status(id)).isEqualTo("cancelled");
            assertThat(client.rest())
                    .extracting(Received::event)
                    .containsExactly("accepted", "cancelled");
        }
        image(id, 0)
                .then()
                .statusCode(404)
                .body("detail", equalTo("the job is cancelled: it has no pictures"));

        cancel(id).then().statusCode(200).body("status", equalTo("cancelled"));

        // A worker that had begun it comes too late, whatever it says.
        GenerationJob job = WorkerStub.resolve(id, GenerationRequest.of("unwanted"));
        worker.start(job, 1);
        assertThat(worker.finishUnlessEnded(job, 1).end()).isInstanceOf(JobEvent.Cancelled.class);
        assertThat(store.find(ObjectKeys.result(job.id()))).isEmpty();
        assertThat(status(id)).isEqualTo("cancelled");
    }

    @Test
    void deadlinesAreMomentsOrSecondsFromNow() {
        Instant before = Instant.now();
        Response accepted =
                given().contentType(ContentType.JSON)
                        .body("{\"prompt\":\"soon\",\"expiresIn\":600}")
                        .post("/v1/jobs");
        accepted.then().statusCode(202).body("job.expiresIn", nullValue());
        assertThat(Instant.parse(accepted.path("job.deadline")))
                .isBetween(before.plusSeconds(599), Instant.now().plusSeconds(601));
        String id = submit("{\"prompt\":\"x\",\"deadline\":\"2026-01-31T12:00:00Z\"}");
        get(id).then().body("job.deadline", equalTo("2026-01-31T12:00:00Z"));

        publisher.publish(
                new JobEvent.Expired(
                        new JobId(id), Instant.now(), Instant.parse("2026-01-31T12:00:00Z")),
                Optional.empty());
        awaitStatus(id, "expired");
        get(id).then().body("links.images", hasSize(0)).body("finishedAt", notNullValue());
        try (EventClient client = events(id, Optional.empty())) {
            assertThat(client.rest())
                    .extracting(Received::event)
                    .containsExactly("accepted", "expired");
        }
        for (String refused :
                List.of(
                        "\"expiresIn\":0",
                        "\"expiresIn\":31536001",
                        "\"expiresIn\":1.5",
                        "\"expiresIn\":\"60\"",
                        "\"deadline\":\"tomorrow\"",
                        "\"deadline\":\"2026-01-31T12:00:00Z\",\"expiresIn\":60")) {
            given().contentType(ContentType.JSON)
                    .body("{\"prompt\":\"x\"," + refused + "}")
                    .post("/v1/jobs")
                    .then()
                    .statusCode(400);
        }
    }

    @Test
    void workersAreToldOfCancelledJobs() {
        String id = submit("{\"prompt\":\"unwanted\"}");
        worker.start(WorkerStub.resolve(id, GenerationRequest.of("unwanted")), 1);
        awaitStatus(id, "running");
        List<JobEvent> told = new java.util.concurrent.CopyOnWriteArrayList<>();
        try (TopicReader reader =
                new TopicReader(
                        kafka,
                        List.of(Topics.JOB_CONTROL),
                        record -> {
                            if (record.key().equals(Optional.of(id))) {
                                told.add(Json.read(record.value().orElseThrow(), JobEvent.class));
                            }
                        })) {
            reader.start();

            cancel(id).then().statusCode(200);

            awaitTrue(() -> !told.isEmpty());
            assertThat(told.get(0).jobId().value()).isEqualTo(id);
        }
        assertThat(status(id)).isEqualTo("cancelled");
    }

    /** Urgent, so that they come before whatever other tests left waiting. */
    @Test
    void aJobThatWaitsIsToldItsPlaceAndHowLong() {
        runForAHundredSeconds(submit(urgent(25)));
        String first = submit(urgent(25));
        String second = submit(urgent(50));
        String third = submit(urgent(25));

        awaitTrue(() -> Integer.valueOf(3).equals(get(third).path("position")));
        get(first).then().body("position", equalTo(1));
        get(second).then().body("position", equalTo(2));
        // Behind what other tests left running.
        double before = expectedWait(first);
        assertThat(before).isNotNegative();
        assertThat(expectedWait(second)).isCloseTo(before + 100, within(0.01));
        assertThat(expectedWait(third)).isCloseTo(before + 300, within(0.01));

        GenerationJob running = resolved(first);
        worker.start(running, 1);
        worker.progress(running, 1, 15);

        awaitTrue(() -> Integer.valueOf(15).equals(get(first).path("step")));
        get(first).then().body("position", nullValue()).body("expectedWaitSeconds", nullValue());
        get(second).then().body("position", equalTo(1));
        assertThat(expectedWait(second)).as("10 of 25 steps").isCloseTo(before + 40, within(0.01));
        assertThat(expectedWait(third)).isCloseTo(before + 240, within(0.01));
        for (String job : List.of(first, second, third)) {
            given().delete("/v1/jobs/" + job).then().statusCode(200);
        }
    }

    /** Later than all that other tests ran, by more than what is looked back on. */
    private void runForAHundredSeconds(String id) {
        Instant later = Instant.now().plus(Duration.ofDays(1));
        GenerationJob job = resolved(id);
        worker.deliver(job, 1);
        publisher.publish(
                new JobEvent.Started(job.id(), later, "worker-1", 1, Jobs.VERSION, job),
                Optional.empty());
        publisher.publish(
                new JobEvent.Succeeded(
                        job.id(), later.plusSeconds(100), 1, 1, ObjectKeys.result(job.id())),
                Optional.empty());
        awaitStatus(id, "succeeded");
    }

    private static String urgent(int steps) {
        return "{\"prompt\":\"soon\",\"priority\":\"high\",\"steps\":" + steps + "}";
    }

    private static GenerationJob resolved(String id) {
        return WorkerStub.resolve(id, GenerationRequest.of("soon"));
    }

    private static double expectedWait(String id) {
        return get(id).<Number>path("expectedWaitSeconds").doubleValue();
    }

    @Test
    void aJobThatHasEndedIsNotCancelled() {
        String done = submit("{\"prompt\":\"done\"}");
        worker.finish(WorkerStub.resolve(done, GenerationRequest.of("done")), 1);
        awaitStatus(done, "succeeded");
        String failed = submit("{\"prompt\":\"fails\"}");
        worker.fail(new JobId(failed), ErrorCode.INTERNAL, "x");
        awaitStatus(failed, "failed");

        for (String id : List.of(done, failed)) {
            String before = status(id);
            cancel(id)
                    .then()
                    .statusCode(409)
                    .contentType("application/problem+json")
                    .body("code", equalTo("JOB_ENDED"))
                    .body("detail", equalTo("the job has " + before + ": it cannot be cancelled"));
            assertThat(status(id)).isEqualTo(before);
            assertThat(store.find(ObjectKeys.outcome(new JobId(id)))).isEmpty();
        }
    }

    @Test
    void aJobWhoseSuccessIsDecidedButNotYetToldIsNotCancelled() {
        String id = submit("{\"prompt\":\"nearly\"}");
        GenerationJob job = WorkerStub.resolve(id, GenerationRequest.of("nearly"));
        worker.start(job, 1);
        worker.decide(job, 1);

        cancel(id).then().statusCode(409).body("code", equalTo("JOB_ENDED"));

        // Whoever says that it has succeeded sees to it that its manifest is there.
        assertThat(store.find(ObjectKeys.result(job.id()))).isPresent();
        assertThat(status(id)).isEqualTo("succeeded");
    }

    @Test
    void jobsOfOtherClientsCanBeCancelledAndUnknownOnesCannot() {
        JobId foreign = JobId.of(UUID.randomUUID());
        cancel(foreign.value()).then().statusCode(404).body("code", equalTo("UNKNOWN_JOB"));
        assertThat(store.find(ObjectKeys.outcome(foreign))).isEmpty();
        try (RecordWriter stranger = new RecordWriter(kafka)) {
            stranger.write(
                    Topics.JOBS,
                    foreign.value(),
                    Optional.of(bytes("{\"id\":\"" + foreign + "\",\"prompt\":\"foreign\"}")));
        }

        cancel(foreign.value()).then().statusCode(200).body("status", equalTo("cancelled"));
    }

    @Test
    void whatIsOnTheQueueIsTheJobThatWasTold() {
        String prompt = "\ud83d\udc5f".repeat(10_000);
        Response accepted =
                given().contentType(ContentType.JSON)
                        .body(bytes("{\"prompt\":\"" + prompt + "\",\"version\":\"ffffffffffff\"}"))
                        .post("/v1/jobs");
        accepted.then().statusCode(202);
        JobId id = new JobId(accepted.path("id"));

        List<JobRecord> found = new java.util.concurrent.CopyOnWriteArrayList<>();
        try (TopicReader reader =
                new TopicReader(
                        kafka,
                        List.of(Topics.JOBS),
                        record -> {
                            if (record.key().equals(Optional.of(id.value()))) {
                                found.add(JobRecord.decode(record.value().orElseThrow()));
                            }
                        })) {
            reader.start();
            assertThat(reader.awaitCaughtUp(Duration.ofSeconds(20))).isTrue();
        }

        assertThat(found).hasSize(1);
        assertThat(found.get(0).request().prompt()).isEqualTo(prompt);
        assertThat(found.get(0).request().version().orElseThrow().value())
                .isEqualTo("ffffffffffff");
        assertThat(found.get(0).request().seed()).contains(id.derivedSeed());
    }

    private static GenerationRequest requestOf(String prompt, long seed, int count) {
        return Json.read(
                bytes(
                        "{\"prompt\":\"%s\",\"seed\":%d,\"count\":%d}"
                                .formatted(prompt, seed, count)),
                GenerationRequest.class);
    }

    private static String submit(String body) {
        Response response = given().contentType(ContentType.JSON).body(body).post("/v1/jobs");
        response.then().statusCode(202);
        return response.path("id");
    }

    private static Response cancel(String id) {
        return given().delete("/v1/jobs/" + id);
    }

    private static Response get(String id) {
        return given().get("/v1/jobs/" + id);
    }

    private static String status(String id) {
        return get(id).path("status");
    }

    private static Response image(String id, int index) {
        return given().get("/v1/jobs/" + id + "/images/" + index);
    }

    private EventClient events(String id, Optional<String> lastEventId) {
        return new EventClient(root.resolve("/v1/jobs/" + id + "/events"), lastEventId);
    }

    private static void awaitStatus(String id, String status) {
        awaitTrue(() -> status.equals(status(id)));
    }

    private static void awaitTrue(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("within 20 s").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
