package dev.darkroom.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.training.TrainingEvent;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingOutcome;
import dev.darkroom.contract.training.TrainingProgress;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.registry.CheckpointRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A model's versions and its trainings over HTTP. */
@QuarkusTest
@QuarkusTestResource(PoolStub.class)
class CheckpointsApiTest {
    private static final CheckpointVersion FIRST = new CheckpointVersion("0000000000a1");
    private static final CheckpointVersion SECOND = new CheckpointVersion("0000000000a2");

    @Inject CheckpointRegistry registry;
    @Inject JobPublisher publisher;

    private final ModelName model = new ModelName("model-" + UUID.randomUUID());

    private ValidatableResponse post(String verb, String body) {
        return given().contentType(ContentType.JSON)
                .body(body)
                .post("/v1/models/" + model + "/" + verb)
                .then();
    }

    private void publishBoth() throws IOException {
        PoolStub.publish(registry, model, FIRST, true);
        PoolStub.publish(registry, model, SECOND, false);
    }

    @Test
    void promotesAndRollsBack() throws IOException {
        publishBoth();

        post("promote", "{\"version\":\"" + SECOND + "\",\"canaryPercent\":10}")
                .statusCode(200)
                .body("version", equalTo(FIRST.value()))
                .body("canary.percent", equalTo(10));
        post("promote", "{\"version\":\"" + SECOND + "\"}")
                .statusCode(200)
                .body("version", equalTo(SECOND.value()))
                .body("history", equalTo(List.of(FIRST.value())));
        given().get("/v1/models/" + model + "/checkpoints")
                .then()
                .statusCode(200)
                .body("checkpoints.version", hasItems(FIRST.value(), SECOND.value()))
                .body("checkpoints.state", hasItems("promoted", "previous"));
        given().get("/v1/models/" + model + "/checkpoints/" + FIRST)
                .then()
                .statusCode(200)
                .body("state", equalTo("previous"))
                .body("manifest.source", equalTo("a test"));
        post("rollback", "").statusCode(200).body("version", equalTo(FIRST.value()));
        post("rollback", "").statusCode(400).body("detail", containsString("no published"));
    }

    @Test
    void jobsGetTheDefaultsOfTheVersionThatTheyFallTo() throws IOException {
        PoolStub.publish(registry, model, FIRST, true, Jobs.configuration(11));
        PoolStub.publish(registry, model, SECOND, false, Jobs.configuration(22));
        Promotion standing = registry.promoteCanary(new CheckpointId(model, SECOND), 50);
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            JsonPath accepted =
                    given().contentType(ContentType.JSON)
                            .body("{\"prompt\":\"x\",\"model\":\"" + model + "\"}")
                            .post("/v1/jobs")
                            .then()
                            .statusCode(202)
                            .extract()
                            .jsonPath();
            JobId job = new JobId(accepted.getString("id"));
            int steps = accepted.getInt("job.steps");
            assertThat(steps).isEqualTo(standing.choose(job).version().equals(SECOND) ? 22 : 11);
            seen.add(steps);
        }
        assertThat(seen).containsExactlyInAnyOrder(11, 22);
    }

    @Test
    void prunesOnlyWhereItIsToldTo() throws IOException {
        publishBoth();

        post("prune", "{\"keep\":0,\"days\":0}")
                .statusCode(200)
                .body("removed", equalTo(false))
                .body("checkpoints.find { it.remove }.version", equalTo(SECOND.value()))
                .body("checkpoints.find { !it.remove }.reason", equalTo("promoted"));
        assertThat(registry.versions(model)).hasSize(2);
        post("prune", "{\"keep\":0,\"days\":0,\"remove\":true}").statusCode(200);
        assertThat(registry.versions(model)).hasSize(1);
    }

    @Test
    void refusesWhatIsNotThere() {
        given().get("/v1/models/" + model + "/checkpoints")
                .then()
                .statusCode(400)
                .body("code", equalTo("UNKNOWN_MODEL"));
        post("promote", "{\"version\":\"" + FIRST + "\"}")
                .statusCode(400)
                .body("detail", containsString("is published"));
        post("promote", "{\"version\":\"latest\"}").statusCode(400);
        given().get("/v1/training/" + UUID.randomUUID())
                .then()
                .statusCode(404)
                .body("code", equalTo("UNKNOWN_JOB"));
        given().contentType(ContentType.JSON)
                .body("{\"model\":\"" + model + "\",\"dataset\":\"x\"}")
                .post("/v1/training")
                .then()
                .statusCode(400)
                .body("detail", containsString("not served"));
    }

    @Test
    void followsATraining() {
        String id =
                given().contentType(ContentType.JSON)
                        .body("{\"model\":\"" + Jobs.MODEL + "\",\"dataset\":\"x\",\"steps\":5}")
                        .post("/v1/training")
                        .then()
                        .statusCode(202)
                        .extract()
                        .path("id");
        get(id).body("status", equalTo("waiting")).body("request.steps", equalTo(5));
        TrainingId training = new TrainingId(id);
        publisher.publish(
                new TrainingEvent.Started(
                        training, Jobs.MODEL, Instant.now(), "t", FIRST, Optional.empty()));
        publisher.publish(
                new TrainingEvent.Progressed(
                        training,
                        Jobs.MODEL,
                        Instant.now(),
                        new TrainingProgress(
                                "unet",
                                2,
                                5,
                                Optional.of(0.5),
                                Optional.empty(),
                                Optional.empty())));
        get(id).body("status", equalTo("running"))
                .body("trainer", equalTo("t"))
                .body("progress.step", equalTo(2));
        publisher.publish(
                new TrainingEvent.Finished(
                        training,
                        Jobs.MODEL,
                        Instant.now(),
                        new TrainingOutcome(
                                training,
                                Jobs.MODEL,
                                TrainingOutcome.Result.NOT_PROMOTED,
                                Optional.of(SECOND),
                                List.of("worse"),
                                Optional.empty(),
                                Instant.now())));
        get(id).body("status", equalTo("not-promoted")).body("outcome.reasons", hasItem("worse"));
        given().get("/v1/training").then().body("trainings.request.id", hasItem(id));
    }

    private static ValidatableResponse get(String id) {
        return given().get("/v1/training/" + id).then().statusCode(200);
    }
}
