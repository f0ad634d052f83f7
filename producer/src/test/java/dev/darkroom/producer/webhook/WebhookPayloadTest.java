package dev.darkroom.producer.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.json.Json;
import dev.darkroom.producer.Jobs;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class WebhookPayloadTest {
    @Test
    void isAsTheSchemaSays() throws IOException {
        JsonNode schema;
        try (InputStream in =
                JobEvent.class.getResourceAsStream("/dev/darkroom/schema/webhook.schema.json")) {
            schema = Json.tree(in.readAllBytes());
        }
        var checked =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(schema);
        List<JobEvent> ends =
                List.of(
                        Jobs.succeeded(Jobs.JOB, 1),
                        new JobEvent.Failed(
                                Jobs.ID, Jobs.at(2), 1, ErrorCode.GENERATION_FAILED, "x"));
        for (JobEvent end : ends) {
            JsonNode payload = Json.tree(Json.write(WebhookPayload.of(end)));
            assertThat(checked.validate(payload)).isEmpty();
            payload.path("data")
                    .fieldNames()
                    .forEachRemaining(
                            field ->
                                    assertThat(schema.at("/properties/data/properties").has(field))
                                            .as(field)
                                            .isTrue());
        }
        assertThat(checked.validate(schema.at("/examples/0"))).isEmpty();
    }
}
