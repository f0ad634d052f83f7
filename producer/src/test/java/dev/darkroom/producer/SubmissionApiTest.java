package dev.darkroom.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;

import dev.darkroom.contract.job.JobId;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.objectstore.ObjectStore;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Idempotency keys and quotas as clients meet them; the stub's tenants "few" and "slow" have some.
 */
@QuarkusTest
@QuarkusTestResource(PoolStub.class)
class SubmissionApiTest {
    private static final String BODY = "{\"prompt\":\"once\"}";

    @Inject JobPublisher publisher;
    @Inject ObjectStore store;

    /** Before that nobody knows what tenants with limits have asked for. */
    @BeforeEach
    @Timeout(60)
    void awaitReady() {
        while (given().get("/q/health/ready").statusCode() != 200) {
            Thread.onSpinWait();
        }
    }

    @Test
    void theSameKeyAndRequestGiveTheSameAnswer() {
        String key = UUID.randomUUID().toString();
        Response first = submit(BODY, "\"" + key + "\"");
        first.then().statusCode(202);
        Response again = submit(" { \"prompt\" : \"once\", \"seed\": null } ", key);
        again.then().statusCode(202).header("Location", equalTo(first.header("Location")));
        assertThat(again.asString()).isEqualTo(first.asString());

        submit("{\"prompt\":\"twice\"}", key)
                .then()
                .statusCode(409)
                .contentType("application/problem+json")
                .body("code", equalTo("IDEMPOTENCY_CONFLICT"))
                .body("detail", containsString(first.path("id")));
    }

    @Test
    void anotherDeadlineIsAnotherRequest() {
        String soon = "{\"prompt\":\"once\",\"expiresIn\":60}";
        String later = "{\"prompt\":\"once\",\"expiresIn\":600}";
        String first = "{\"prompt\":\"once\",\"deadline\":\"2126-01-31T12:00:00Z\"}";
        String second = "{\"prompt\":\"once\",\"deadline\":\"2126-01-31T12:00:01Z\"}";
        List<String> all = List.of(BODY, soon, later, first, second);
        for (String body : all) {
            String key = UUID.randomUUID().toString();
            String id = submit(body, key).path("id");
            for (String again : all) {
                Response answer = submit(again, key);
                if (again.equals(body)) {
                    answer.then().statusCode(202).body("id", equalTo(id));
                } else {
                    assertThat(answer.statusCode()).as(body + " then " + again).isEqualTo(409);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"open", "\"\"", "a\tb"})
    void whatIsNoKeyIsRefused(String key) {
        submit(BODY, key)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("code", equalTo("INVALID_REQUEST"))
                .body("detail", containsString("Idempotency-Key"));
    }

    @Test
    void aTenantHasOnlySoManyJobsAtOnce() {
        String body = "{\"prompt\":\"x\",\"tenant\":\"few\"}";
        String key = UUID.randomUUID().toString();
        String id = submit(body, key).path("id");
        submit(body).then().statusCode(202);
        Response refused = submit(body);
        refused.then()
                .statusCode(429)
                .contentType("application/problem+json")
                .body("code", equalTo("QUOTA_EXCEEDED"))
                .body("detail", equalTo("tenant few has 2 jobs waiting or running, and may have 2"))
                .body("retryAfterSeconds", greaterThan(0));
        assertThat(refused.header("Retry-After"))
                .isEqualTo(refused.path("retryAfterSeconds").toString());
        // What was accepted stays so, and others have room.
        submit(body, key).then().statusCode(202).body("id", equalTo(id));
        submit(BODY).then().statusCode(202);

        new WorkerStub(publisher, store)
                .finish(
                        Jobs.job(
                                new JobId(id),
                                "x",
                                new dev.darkroom.contract.access.TenantName("few"),
                                1),
                        1);
        while (!"succeeded".equals(given().get("/v1/jobs/" + id).path("status"))) {
            Thread.onSpinWait();
        }
        submit(body).then().statusCode(202);
    }

    @Test
    void aTenantAsksForOnlySoManyPicturesAMinute() {
        submit("{\"prompt\":\"x\",\"tenant\":\"slow\",\"count\":4}").then().statusCode(202);
        submit("{\"prompt\":\"x\",\"tenant\":\"slow\",\"count\":2}")
                .then()
                .statusCode(429)
                .body("code", equalTo("QUOTA_EXCEEDED"))
                .body("retryAfterSeconds", greaterThan(0));
        submit("{\"prompt\":\"x\",\"tenant\":\"slow\",\"count\":1}").then().statusCode(202);
        submit("{\"prompt\":\"x\",\"tenant\":\"slow\",\"count\":6}").then().statusCode(400);
    }

    private static Response submit(String body) {
        return given().contentType(ContentType.JSON).body(body).post("/v1/jobs");
    }

    private static Response submit(String body, String key) {
        return given().contentType(ContentType.JSON)
                .header("Idempotency-Key", key)
                .body(body)
                .post("/v1/jobs");
    }
}
