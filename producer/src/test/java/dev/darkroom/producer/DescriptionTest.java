package dev.darkroom.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobStage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.objectstore.ObjectStore;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** What the OpenAPI document says is what the service does. */
@QuarkusTest
@QuarkusTestResource(PoolStub.class)
class DescriptionTest {
    @Inject JobPublisher publisher;
    @Inject ObjectStore store;

    @Test
    void answersAreAsDescribed() {
        String id =
                given().contentType(ContentType.JSON)
                        .body("{\"prompt\":\"described\",\"count\":2}")
                        .post("/v1/jobs")
                        .path("id");
        check("Job", given().get("/v1/jobs/" + id).asByteArray());
        GenerationRequest request =
                Json.read(
                        "{\"prompt\":\"described\",\"count\":2}"
                                .getBytes(java.nio.charset.StandardCharsets.UTF_8),
                        GenerationRequest.class);
        GenerationJob job = WorkerStub.resolve(id, request);
        WorkerStub worker = new WorkerStub(publisher, store);
        worker.start(job, 1);
        worker.progress(job, 1, 1);
        worker.finish(job, 1);
        while (!"succeeded".equals(given().get("/v1/jobs/" + id).path("status"))) {
            check("Job", given().get("/v1/jobs/" + id).asByteArray());
        }
        check("Job", given().get("/v1/jobs/" + id).asByteArray());
        check("ImageUrl", given().get("/v1/jobs/" + id + "/images/0/url").asByteArray());

        String failed =
                given().contentType(ContentType.JSON)
                        .body("{\"prompt\":\"fails\"}")
                        .post("/v1/jobs")
                        .path("id");
        worker.fail(new JobId(failed), ErrorCode.INTERNAL, "x");
        while (!"failed".equals(given().get("/v1/jobs/" + failed).path("status"))) {
            Thread.onSpinWait();
        }
        check("Job", given().get("/v1/jobs/" + failed).asByteArray());
        String unwanted =
                given().contentType(ContentType.JSON)
                        .body("{\"prompt\":\"unwanted\"}")
                        .post("/v1/jobs")
                        .path("id");
        check("Job", given().delete("/v1/jobs/" + unwanted).asByteArray());
        check("Problem", given().get("/v1/jobs/x").asByteArray());
        JsonNode models = Json.tree(given().get("/v1/models").asByteArray()).get("models");
        assertThat(models).isNotEmpty();
        models.forEach(model -> check("Model", Json.write(model)));
    }

    @Test
    void everyDescribedPathIsThere() {
        JsonNode paths = document().get("paths");
        List<String> operations = new ArrayList<>();
        paths.properties()
                .forEach(
                        path ->
                                path.getValue()
                                        .fieldNames()
                                        .forEachRemaining(
                                                method -> {
                                                    if (!method.equals("parameters")) {
                                                        operations.add(
                                                                method + " " + path.getKey());
                                                    }
                                                }));
        assertThat(operations)
                .containsExactlyInAnyOrder(
                        "post /v1/jobs",
                        "get /v1/jobs",
                        "get /v1/jobs/{id}",
                        "delete /v1/jobs/{id}",
                        "get /v1/jobs/{id}/events",
                        "get /v1/jobs/{id}/images/{index}",
                        "get /v1/jobs/{id}/images/{index}/url",
                        "get /v1/jobs/{id}/preview",
                        "get /v1/models",
                        "get /v1/models/{model}/checkpoints",
                        "get /v1/models/{model}/checkpoints/{version}",
                        "post /v1/models/{model}/promote",
                        "post /v1/models/{model}/rollback",
                        "post /v1/models/{model}/prune",
                        "post /v1/training",
                        "get /v1/training",
                        "get /v1/training/{id}",
                        "get /v1/dead",
                        "get /v1/dead/{id}",
                        "post /v1/dead/redrive",
                        "post /v1/dead/drop",
                        "post /v1/keys",
                        "get /v1/keys",
                        "delete /v1/keys/{id}");
        for (String operation : operations) {
            String[] parts = operation.split(" ");
            String path =
                    parts[1].replace("{id}", "x")
                            .replace("{index}", "0")
                            .replace("{model}", "none")
                            .replace("{version}", "x");
            String code =
                    given().contentType(ContentType.JSON)
                            .request(parts[0].toUpperCase(Locale.ROOT), path)
                            .path("code");
            assertThat(code).isNotIn("NOT_FOUND", "METHOD_NOT_ALLOWED");
        }
    }

    @Test
    void theBodysFieldsAreThoseOfTheQueuesSchema() {
        JsonNode described = document().at("/components/schemas/JobRequest/properties");
        JsonNode queue;
        try (var in =
                GenerationJob.class.getResourceAsStream(
                        "/dev/darkroom/schema/generation-job.schema.json")) {
            queue = Json.tree(in.readAllBytes()).get("properties");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        ((ObjectNode) queue).remove("id");
        // Of HTTP alone: the queue has no now that seconds could be counted from.
        assertThat(((ObjectNode) described).remove("expiresIn")).isNotNull();
        assertThat(described.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrderElementsOf(queue::fieldNames);
        for (String bound : List.of("minimum", "maximum", "maxLength")) {
            queue.properties()
                    .forEach(
                            field ->
                                    assertThat(number(described.get(field.getKey()), bound))
                                            .as(field.getKey() + " " + bound)
                                            .isEqualTo(number(field.getValue(), bound)));
        }
    }

    @Test
    void theStagesOfDeadLettersAreThoseThatAnAttemptPasses() {
        List<String> described = new ArrayList<>();
        document()
                .at("/components/schemas/DeadLetter/properties/stage/enum")
                .forEach(stage -> described.add(stage.asText()));
        assertThat(described)
                .containsExactlyElementsOf(
                        Arrays.stream(JobStage.values()).map(JobStage::wireName).toList());
    }

    @Test
    void isAliveAndReady() {
        given().get("/q/health/live").then().statusCode(200).body("status", equalTo("UP"));
        given().get("/q/health/ready").then().statusCode(200).body("status", equalTo("UP"));
        given().get("/q/metrics").then().statusCode(200);
    }

    private static double number(JsonNode schema, String keyword) {
        return schema.path(keyword).asDouble(-1);
    }

    private static JsonNode document() {
        return Json.tree(given().get("/q/openapi?format=json").asByteArray());
    }

    private static void check(String schema, byte[] answer) {
        ObjectNode document = (ObjectNode) document();
        ObjectNode root = document.objectNode();
        root.put("$ref", "#/components/schemas/" + schema);
        root.set("components", document.get("components"));
        assertThat(
                        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                                .getSchema(root)
                                .validate(Json.tree(answer)))
                .isEmpty();
    }
}
