package dev.darkroom.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.producer.api.Gate;
import dev.darkroom.producer.status.JobBoard;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(PoolStub.class)
class TroubleTest {
    @Inject Gate gate;
    @Inject JobBoard board;
    @Inject ObjectStore store;

    @TestHTTPResource("/")
    URI root;

    @Test
    void whileStartingOrStoppingItSaysSoAndStaysAlive() {
        gate.close();
        try {
            for (String path : new String[] {"/v1/jobs", "/v1/models", "/v1/jobs/" + Jobs.ID}) {
                given().get(path)
                        .then()
                        .statusCode(503)
                        .contentType("application/problem+json")
                        .header("Retry-After", "1")
                        .body("code", equalTo("NOT_READY"));
            }
            given().get("/q/health/ready").then().statusCode(503);
            given().get("/q/health/live").then().statusCode(200);
        } finally {
            gate.open();
        }
        given().get("/q/health/ready").then().statusCode(200);
    }

    @Test
    void clientsThatLeaveAreForgotten() throws IOException {
        String id =
                given().contentType(ContentType.JSON)
                        .body("{\"prompt\":\"nobody waits\"}")
                        .post("/v1/jobs")
                        .path("id");
        int before = board.watchers();
        URI events = root.resolve("/v1/jobs/" + id + "/events");
        try (Socket socket = new Socket(events.getHost(), events.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(
                            ("GET " + events.getPath() + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                    .getBytes(StandardCharsets.UTF_8));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            await(before + 1);
        }
        await(before);
    }

    @Test
    void faultsOfOursTellNothingOfTheirInside() {
        String id = UUID.randomUUID().toString();
        store.put(
                ObjectKeys.result(new dev.darkroom.contract.job.JobId(id)),
                "{\"secret\":".getBytes(StandardCharsets.UTF_8),
                "application/json");
        given().get("/v1/jobs/" + id)
                .then()
                .statusCode(500)
                .contentType("application/problem+json")
                .body("code", equalTo("INTERNAL"))
                .body("detail", equalTo("the server's log says more; trying again may help"));
    }

    @Test
    void hugeBodiesAreProblemsToo() {
        given().contentType(ContentType.JSON)
                .body(new byte[12 << 20])
                .post("/v1/jobs")
                .then()
                .statusCode(413)
                .contentType("application/problem+json");
    }

    @Test
    void aHeaderThatCannotBeReadIsAProblem() throws IOException {
        String head =
                "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: ;\r\nContent-Length: 2\r\n";
        assertThat(raw(head + "Connection: close\r\n\r\n{}"))
                .startsWith("HTTP/1.1 4")
                .contains("application/problem+json", "urn:darkroom:problem:");
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(root.getHost(), root.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void await(int watchers) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (board.watchers() != watchers) {
            assertThat(System.nanoTime()).as("within 20 s").isLessThan(end);
            Thread.onSpinWait();
        }
    }
}
