package dev.darkroom.producer.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemTest {
    @ParameterizedTest
    @EnumSource
    void everyCodeIsAProblem(ErrorCode code) {
        Problem problem = Problem.of(new DarkroomException(code, "because"), "/v1/jobs");
        JsonNode json = Json.tree(problem.json());

        assertThat(json.fieldNames())
                .toIterable()
                .startsWith("type", "title", "status", "detail", "code", "instance")
                .hasSize(code.disposition() == Disposition.TRANSIENT ? 7 : 6);
        assertThat(json.has("retryAfterSeconds"))
                .isEqualTo(code.disposition() == Disposition.TRANSIENT);
        assertThat(json.get("type").textValue()).matches("urn:darkroom:problem:[a-z-]+");
        assertThat(json.get("code").textValue()).isEqualTo(code.name());
        int status = json.get("status").intValue();
        switch (code.disposition()) {
            case USER -> assertThat(status).isBetween(400, 499);
            case TRANSIENT -> {
                assertThat(status).isEqualTo(503);
                assertThat(problem.retryAfterSeconds())
                        .hasValueSatisfying(seconds -> assertThat(seconds).isPositive());
            }
            case PERMANENT -> assertThat(status).isEqualTo(500);
        }
        assertThat(problem.retryAfterSeconds().isPresent())
                .isEqualTo(code.disposition() == Disposition.TRANSIENT);
    }

    @Test
    void faultsOfOursTellNothingOfTheirInside() {
        Problem problem =
                Problem.of(
                        DarkroomException.of(new IllegalStateException("jdbc:secret")), "/v1/jobs");
        assertThat(new String(problem.json(), java.nio.charset.StandardCharsets.UTF_8))
                .doesNotContain("secret", "IllegalState");
        assertThat(problem.status()).isEqualTo(500);
    }

    @Test
    void statusesOfHttpHaveStableCodes() {
        assertThat(HttpProblem.of(405, "/x").code()).isEqualTo("METHOD_NOT_ALLOWED");
        assertThat(HttpProblem.of(415, "/x").code()).isEqualTo("UNSUPPORTED_MEDIA_TYPE");
        assertThat(HttpProblem.of(413, "/x").code()).isEqualTo("REQUEST_ENTITY_TOO_LARGE");
        assertThat(HttpProblem.of(499, "/x").code()).isEqualTo("HTTP_499");
    }
}
