package dev.darkroom.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(PoolStub.class)
class RefusalsTest {
    @TestHTTPResource("/")
    URI root;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            textBlock =
                    """
            ''                                     | MALFORMED_REQUEST | the document is empty
            {                                      | MALFORMED_REQUEST | not valid JSON at line 1
            []                                     | MALFORMED_REQUEST | must be an object
            null                                   | MALFORMED_REQUEST | the document is null
            {"prompt":"x"} {}                      | MALFORMED_REQUEST | follows the end
            {"prompt":"x","prompt":"y"}            | MALFORMED_REQUEST | Duplicate field
            {}                                     | INVALID_REQUEST   | prompt is missing
            {"prompt":null}                        | INVALID_REQUEST   | prompt is missing
            {"prompt":5}                           | MALFORMED_REQUEST | prompt must be a string
            {"prompt":"a\\u0000b"}                 | INVALID_REQUEST   | U+0000 at position 1
            {"prompt":"\\ud83d"}                   | INVALID_REQUEST   | half a surrogate pair
            {"prompt":"x","id":"y"}                | INVALID_REQUEST   | unknown field "id"
            {"prompt":"x","steps":0}               | INVALID_REQUEST   | steps is 0, must be 1..1000
            {"prompt":"x","steps":1.5}             | MALFORMED_REQUEST | steps must be a whole number
            {"prompt":"x","steps":"20"}            | MALFORMED_REQUEST | steps must be a whole number
            {"prompt":"x","count":17}              | INVALID_REQUEST   | count is 17, must be 1..16
            {"prompt":"x","guidanceScale":0.5}     | INVALID_REQUEST   | must be 1..50
            {"prompt":"x","seed":-1}               | INVALID_REQUEST   | seed is -1
            {"prompt":"x","sampler":"lms"}         | INVALID_REQUEST   | must be one of ddim, euler
            {"prompt":"x","width":33}              | UNSUPPORTED_SIZE  | multiples of 8
            {"prompt":"x","width":128,"height":64} | UNSUPPORTED_SIZE  | at most 4096 pixels
            {"prompt":"x","model":"nope"}          | UNKNOWN_MODEL     | served are: fashion-sd
            {"prompt":"x","model":"No/pe"}         | INVALID_REQUEST   | model name must be
            {"prompt":"x","version":"000000000000"} | UNKNOWN_MODEL    | no published version
            """)
    void badBodiesAreRefusedWithTheReason(String body, String code, String words) {
        post(body.getBytes(StandardCharsets.UTF_8))
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("type", equalTo(urn(code)))
                .body("status", equalTo(400))
                .body("code", equalTo(code))
                .body("instance", equalTo("/v1/jobs"))
                .body("detail", containsString(words))
                .body("detail", not(containsString("dev.darkroom")));
    }

    /** A page whose name was made to mean this machine may send what it likes, but not its name. */
    @ParameterizedTest
    @CsvSource({
        "GET,    /v1/jobs",
        "GET,    /v1/models",
        "GET,    /q/metrics",
        "POST,   /v1/jobs",
        "DELETE, /v1/jobs/x"
    })
    void withoutKeysItAnswersToNamesOfThisMachineOnly(String method, String path) {
        for (String host : List.of("evil.example", "evil.example:8080", "127.0.0.1.evil.example")) {
            given().header("Host", host)
                    .request(method, path)
                    .then()
                    .statusCode(403)
                    .contentType("application/problem+json")
                    .body("code", equalTo("FORBIDDEN"))
                    .body("detail", containsString("localhost"));
        }
        for (String host : List.of("LOCALHOST:8080", "127.0.0.1", "[::1]:8080")) {
            assertThat(given().header("Host", host).request(method, path).statusCode())
                    .as(host)
                    .isNotEqualTo(403);
        }
        given().header("Host", "evil.example").get("/q/health/live").then().statusCode(200);
    }

    /** What a browser sends for a page of elsewhere without asking first. */
    @ParameterizedTest
    @CsvSource({
        "POST,   /v1/jobs",
        "DELETE, /v1/jobs/x",
        "POST,   /v1/models/none/promote",
        "POST,   /v1/models/none/rollback",
        "POST,   /v1/models/none/prune",
        "POST,   /v1/training",
        "POST,   /v1/dead/redrive",
        "POST,   /v1/dead/drop",
        "POST,   /v1/keys",
        "DELETE, /v1/keys/x",
    })
    void withoutKeysPagesOfElsewhereChangeNothing(String method, String path) {
        for (String origin :
                List.of("https://evil.example", "http://localhost.evil.example", "null", "%")) {
            given().header("Origin", origin)
                    .request(method, path)
                    .then()
                    .statusCode(403)
                    .body("detail", containsString("other origins"));
        }
        given().header("Sec-Fetch-Site", "cross-site")
                .request(method, path)
                .then()
                .statusCode(403)
                .body("detail", containsString("other origins"));
        for (String own : List.of("http://localhost:3000", "http://127.0.0.1", "http://[::1]:80")) {
            assertThat(given().header("Origin", own).request(method, path).asString())
                    .as(own)
                    .doesNotContain("other origins");
        }
    }

    @Test
    void withoutKeysPagesOfElsewhereMayBeFollowedHere() {
        given().header("Sec-Fetch-Site", "cross-site").get("/v1/jobs").then().statusCode(200);
    }

    @Test
    void aHundredThousandCharactersAreTooMany() {
        post(bytes("{\"prompt\":\"" + "x".repeat(100_000) + "\"}"))
                .then()
                .statusCode(400)
                .body("detail", equalTo("prompt has 100000 characters, at most 10000"));
    }

    @Test
    void bodiesAboveOneMebibyteAreNotRead() {
        byte[] body = bytes("{\"prompt\":\"" + "x".repeat(1 << 20) + "\"}");
        post(body)
                .then()
                .statusCode(413)
                .contentType("application/problem+json")
                .body("code", equalTo("REQUEST_ENTITY_TOO_LARGE"));
    }

    @Test
    void bodiesThatDoNotSayTheirLengthAreMeasured() throws IOException {
        String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
        try (Socket socket = new Socket(root.getHost(), root.getPort())) {
            socket.setSoTimeout(10_000);
            var out = socket.getOutputStream();
            String head =
                    """
                    POST /v1/jobs HTTP/1.1
                    Host: localhost
                    Connection: close
                    Content-Type: application/json
                    Transfer-Encoding: chunked

                    """;
            out.write(bytes(head.replace("\n", "\r\n")));
            for (int i = 0; i < 20; i++) {
                out.write(bytes(chunk));
            }
            out.write(bytes("0\r\n\r\n"));
            out.flush();
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer)
                    .startsWith("HTTP/1.1 413 ")
                    .contains("application/problem+json", "REQUEST_ENTITY_TOO_LARGE");
        }
    }

    @Test
    void otherContentTypesAreRefused() {
        given().contentType("text/plain")
                .body("a red sneaker")
                .post("/v1/jobs")
                .then()
                .statusCode(415)
                .contentType("application/problem+json")
                .body("code", equalTo("UNSUPPORTED_MEDIA_TYPE"))
                .body("detail", containsString("application/json"));
    }

    @Test
    void otherMethodsAreRefused() {
        given().delete("/v1/jobs")
                .then()
                .statusCode(405)
                .contentType("application/problem+json")
                .body("code", equalTo("METHOD_NOT_ALLOWED"));
    }

    @Test
    void otherRepresentationsAreRefused() {
        given().accept("text/csv")
                .get("/v1/models")
                .then()
                .statusCode(406)
                .contentType("application/problem+json")
                .body("code", equalTo("NOT_ACCEPTABLE"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/", "/v1", "/v1/nothing", "/v1/jobs/x/y/z", "/favicon.ico", "/v2/jobs"})
    void unknownPathsAreProblems(String path) {
        given().get(path)
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("code", equalTo("NOT_FOUND"))
                .body("instance", equalTo(path));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/events", "/images/0", "/images/0/url"})
    void unknownJobsAreNotFound(String below) {
        for (String id :
                new String[] {UUID.randomUUID().toString(), "1", "A".repeat(36), "..%2f"}) {
            given().urlEncodingEnabled(false)
                    .get("/v1/jobs/" + id + below)
                    .then()
                    .statusCode(404)
                    .contentType("application/problem+json")
                    .body("code", equalTo("UNKNOWN_JOB"))
                    .body("type", startsWith("urn:darkroom:problem:"));
        }
    }

    private static Response post(byte[] body) {
        return given().contentType("application/json").body(body).post("/v1/jobs");
    }

    private static String urn(String code) {
        return "urn:darkroom:problem:" + code.toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
