package dev.darkroom.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import dev.darkroom.contract.access.ApiKeyId;
import dev.darkroom.contract.access.Role;
import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import dev.darkroom.producer.key.ApiKeys;
import dev.darkroom.producer.key.KeyRequest;
import dev.darkroom.producer.key.KeyRing;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A producer with API keys: who is let in, and to what. */
@QuarkusTest
@QuarkusTestResource(value = KeyedPool.class, restrictToAnnotatedClass = true)
class KeysApiTest {
    private static final TenantName ACME = new TenantName("acme");
    private static final TenantName OTHER = new TenantName("other");

    /** By role, and "other" for one of another tenant that submits and reads. */
    private static final Map<String, ApiKeys.Created> MADE = new ConcurrentHashMap<>();

    @Inject ApiKeys keys;
    @Inject KeyRing ring;
    @Inject ObjectStore store;
    @Inject JobPublisher publisher;
    @Inject KafkaSettings kafka;
    @Inject ObjectStoreSettings settings;

    @BeforeEach
    void makeKeys() {
        // In the bucket of other tests keys would lock those out.
        assertThat(settings.bucket()).isEqualTo("keyed");
        make("admin", new TenantName("operators"), Role.ADMIN);
        make("submit", ACME, Role.SUBMIT);
        make("read", ACME, Role.READ);
        make("other", OTHER, Role.SUBMIT, Role.READ);
        ring.refresh();
    }

    private void make(String name, TenantName tenant, Role... roles) {
        MADE.computeIfAbsent(
                name,
                absent -> keys.create(new KeyRequest(tenant, Set.of(roles), Optional.of(name))));
    }

    @Test
    void withoutAKeyNothingIsTold() {
        for (String path : List.of("/v1/jobs", "/v1/models", "/v1/keys", "/v1/nothing")) {
            given().get(path)
                    .then()
                    .statusCode(401)
                    .contentType("application/problem+json")
                    .header("WWW-Authenticate", "Bearer realm=\"darkroom\"")
                    .body("code", equalTo("UNAUTHENTICATED"))
                    .body("detail", containsString("Authorization: Bearer"));
        }
        given().contentType(ContentType.JSON)
                .body("{\"prompt\":\"x\"}")
                .post("/v1/jobs")
                .then()
                .statusCode(401);
    }

    @Test
    void whatIsNoValidKeyIsRefusedAlike() {
        String secret = MADE.get("read").secret();
        char last = secret.charAt(secret.length() - 5);
        String damaged =
                secret.substring(0, secret.length() - 5)
                        + (last == 'A' ? 'B' : 'A')
                        + secret.substring(secret.length() - 4);
        String swapped = MADE.get("admin").secret().substring(0, 17) + secret.substring(17);
        for (String header :
                List.of(
                        "Bearer " + damaged,
                        "Bearer " + swapped,
                        "Bearer " + secret + "x",
                        "Bearer drk_",
                        "Bearer ",
                        "Basic " + secret,
                        secret,
                        "Bearer " + MADE.get("read").key().sha256())) {
            given().header("Authorization", header)
                    .get("/v1/jobs")
                    .then()
                    .statusCode(401)
                    .header("WWW-Authenticate", containsString("error=\"invalid_token\""))
                    .body("detail", not(containsString(secret)))
                    .body("code", equalTo("UNAUTHENTICATED"));
        }
        given().header("Authorization", "bEARER  " + secret).get("/v1/jobs").then().statusCode(200);
    }

    @Test
    void healthIsForEveryoneAndMetricsForReaders() {
        for (String path : List.of("/q/health", "/q/health/live", "/q/health/ready")) {
            given().get(path).then().statusCode(200);
        }
        for (String path : List.of("/q/metrics", "/q/metrics/")) {
            given().get(path).then().statusCode(401).body("code", equalTo("UNAUTHENTICATED"));
            as("submit").get(path).then().statusCode(403).body("code", equalTo("FORBIDDEN"));
        }
        as("read").get("/q/metrics").then().statusCode(200).body(containsString("jvm_"));
    }

    @ParameterizedTest
    @CsvSource({
        "POST,   /v1/jobs,                          submit",
        "GET,    /v1/jobs,                          read",
        "GET,    /v1/jobs/x,                        read",
        "DELETE, /v1/jobs/x,                        submit",
        "GET,    /v1/jobs/x/events,                 read",
        "GET,    /v1/jobs/x/images/0,               read",
        "GET,    /v1/jobs/x/images/0/url,           read",
        "GET,    /v1/jobs/x/preview,                read",
        "GET,    /v1/models,                        read",
        "GET,    /v1/models/none/checkpoints,       read",
        "GET,    /v1/models/none/checkpoints/x,     read",
        "POST,   /v1/models/none/promote,           admin",
        "POST,   /v1/models/none/rollback,          admin",
        "POST,   /v1/models/none/prune,             admin",
        "POST,   /v1/training,                      admin",
        "GET,    /v1/training,                      admin",
        "GET,    /v1/training/x,                    admin",
        "GET,    /v1/dead,                          admin",
        "GET,    /v1/dead/x,                        admin",
        "POST,   /v1/dead/redrive,                  admin",
        "POST,   /v1/dead/drop,                     admin",
        "POST,   /v1/keys,                          admin",
        "GET,    /v1/keys,                          admin",
        "DELETE, /v1/keys/x,                        admin",
    })
    void eachRoleDoesItsOwn(String method, String path, String role) {
        for (String holder : List.of("submit", "read", "admin")) {
            Response answer = as(holder).contentType(ContentType.JSON).request(method, path);
            if (holder.equals(role) || holder.equals("admin")) {
                assertThat(answer.statusCode()).as(holder).isNotIn(401, 403, 405);
            } else {
                answer.then()
                        .statusCode(403)
                        .contentType("application/problem+json")
                        .body("code", equalTo("FORBIDDEN"))
                        .body("detail", equalTo("this needs a key with the role " + role));
            }
        }
    }

    @Test
    void aTenantSeesOnlyItsOwnJobs() {
        JobId id = submit("submit", "{\"prompt\":\"ours\"}");
        GenerationJob job =
                GenerationRequest.of("ours").by(ACME).resolve(id, Jobs.MODEL, Jobs.CONFIGURATION);
        new WorkerStub(publisher, store).finish(job, 1);
        String path = "/v1/jobs/" + id;
        await(() -> "succeeded".equals(as("read").get(path).path("status")));

        as("read").get(path).then().body("job.tenant", equalTo("acme"));
        as("read").get("/v1/jobs").then().body("jobs.id", hasItem(id.value()));
        as("read")
                .get(path + "/images/0")
                .then()
                .statusCode(200)
                .header("Cache-Control", startsWith("private"));
        as("read").get(path + "/images/0/url").then().statusCode(200);
        as("admin").get(path).then().statusCode(200);
        as("admin").get("/v1/jobs").then().body("jobs.id", hasItem(id.value()));
        for (String below : List.of("", "/events", "/images/0", "/images/0/url", "/preview")) {
            as("other")
                    .get(path + below)
                    .then()
                    .statusCode(404)
                    .body("code", equalTo("UNKNOWN_JOB"))
                    .body("detail", equalTo("there is no job " + id));
        }
        as("other").get("/v1/jobs").then().body("jobs.id", not(hasItem(id.value())));
    }

    @Test
    void aTenantCancelsOnlyItsOwnJobs() {
        JobId id = submit("submit", "{\"prompt\":\"ours\"}");
        String path = "/v1/jobs/" + id;

        as("other")
                .delete(path)
                .then()
                .statusCode(404)
                .body("code", equalTo("UNKNOWN_JOB"))
                .body("detail", equalTo("there is no job " + id));

        as("read").get(path).then().body("status", equalTo("accepted"));
        as("submit").delete(path).then().statusCode(200).body("status", equalTo("cancelled"));
    }

    @Test
    void theTenantIsInTheRecordAndInTheEvent() {
        JobId id = submit("submit", "{\"prompt\":\"told\",\"tenant\":\"acme\"}");
        Set<String> found = ConcurrentHashMap.newKeySet();
        try (TopicReader reader =
                new TopicReader(
                        kafka,
                        List.of(Topics.JOBS, Topics.JOB_EVENTS),
                        record -> {
                            byte[] value = record.value().orElse(new byte[0]);
                            if (!new String(value, StandardCharsets.UTF_8).contains(id.value())) {
                                return;
                            }
                            if (record.topic().equals(Topics.JOBS)) {
                                found.add("record " + JobRecord.decode(value).request().tenant());
                            } else if (Json.readTolerant(value, JobEvent.class)
                                    instanceof JobEvent.Accepted accepted) {
                                found.add("event " + accepted.job().tenant());
                            }
                        })) {
            reader.start();
            assertThat(reader.awaitCaughtUp(Duration.ofSeconds(20))).isTrue();
        }
        assertThat(found).containsExactlyInAnyOrder("record " + Optional.of(ACME), "event " + ACME);
    }

    @Test
    void onlyAnAdminSubmitsForOthers() {
        String body = "{\"prompt\":\"x\",\"tenant\":\"other\"}";
        as("submit")
                .contentType(ContentType.JSON)
                .body(body)
                .post("/v1/jobs")
                .then()
                .statusCode(403)
                .body("detail", containsString("the key is of tenant acme"));
        JobId id = submit("admin", body);
        as("other").get("/v1/jobs/" + id).then().statusCode(200);
        as("read").get("/v1/jobs/" + id).then().statusCode(404);
    }

    @Test
    void anAdminMakesAndRevokesKeysAndNoLogKnowsThem() {
        try (LogCapture log = new LogCapture()) {
            Response made =
                    as("admin")
                            .contentType(ContentType.JSON)
                            .body("{\"tenant\":\"acme\",\"roles\":[\"read\"],\"note\":\"a test\"}")
                            .post("/v1/keys");
            made.then().statusCode(201).header("Cache-Control", "no-store");
            String secret = made.path("secret");
            String id = made.path("id");
            assertThat(made.header("Location")).endsWith("/v1/keys/" + id);
            bearer(secret).get("/v1/jobs").then().statusCode(200);
            as("admin").get("/v1/keys").then().body("keys.id", hasItem(id));
            assertThat(as("admin").get("/v1/keys").asString())
                    .doesNotContain(secret, "sha256", "secret");
            assertThat(
                            new String(
                                    store.find(ObjectKeys.apiKey(new ApiKeyId(id))).orElseThrow(),
                                    StandardCharsets.UTF_8))
                    .contains("acme", "sha256")
                    .doesNotContain(secret, secret.substring(17));
            // Goes wrong in as many ways as there are, with the secret in each request.
            bearer(secret).contentType(ContentType.JSON).body("{").post("/v1/jobs");
            bearer(secret).get("/v1/jobs/none");
            bearer(secret).get("/v1/keys").then().statusCode(403);
            bearer(secret + secret).get("/v1/jobs").then().statusCode(401);
            as("admin").delete("/v1/keys/" + id).then().statusCode(204);
            bearer(secret).get("/v1/jobs").then().statusCode(401);
            as("admin").delete("/v1/keys/" + id).then().statusCode(400);

            assertThat(log.lines()).anyMatch(line -> line.contains("Key " + id + " made by"));
            assertThat(log.lines())
                    .noneMatch(line -> line.contains(secret.substring(17)))
                    .noneMatch(line -> line.contains(MADE.get("admin").secret().substring(17)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"tenant\":\"acme\",\"roles\":[]}",
                "{\"tenant\":\"acme\",\"roles\":[\"root\"]}",
                "{\"tenant\":\"Acme\",\"roles\":[\"read\"]}",
                "{\"roles\":null,\"tenant\":\"acme\"}",
                "{\"tenant\":\"acme\",\"roles\":[\"read\"],\"surplus\":1}"
            })
    void whatIsNoRequestForAKeyIsRefused(String body) {
        as("admin")
                .contentType(ContentType.JSON)
                .body(body)
                .post("/v1/keys")
                .then()
                .statusCode(400)
                .contentType("application/problem+json");
    }

    @Test
    void keysMadeOrRevokedElsewhereAreSeenSoon() {
        ApiKeys.Created made =
                keys.create(new KeyRequest(ACME, Set.of(Role.READ), Optional.empty()));
        await(() -> bearer(made.secret()).get("/v1/jobs").statusCode() == 200);
        keys.revoke(made.key().id());
        await(() -> bearer(made.secret()).get("/v1/jobs").statusCode() == 401);
    }

    private static RequestSpecification as(String holder) {
        return bearer(MADE.get(holder).secret());
    }

    private static RequestSpecification bearer(String secret) {
        return given().header("Authorization", "Bearer " + secret);
    }

    private static JobId submit(String holder, String body) {
        Response accepted = as(holder).contentType(ContentType.JSON).body(body).post("/v1/jobs");
        accepted.then().statusCode(202);
        return new JobId(accepted.path("id"));
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("within 20 s").isLessThan(end);
            Thread.onSpinWait();
        }
    }
}
