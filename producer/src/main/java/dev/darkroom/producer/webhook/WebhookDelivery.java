package dev.darkroom.producer.webhook;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;

/**
 * A webhook that has not been delivered yet: the value of a record of {@code darkroom.webhooks},
 * whose key is its id. Says neither address nor secret, which may change while it waits.
 *
 * @param id the same for every attempt, and for every time that the event is read
 * @param endpoint name of the endpoint
 * @param body as it is sent, and signed
 * @param attempts so far
 * @param due when the next may be made
 */
record WebhookDelivery(String id, String endpoint, String body, int attempts, Instant due) {
    /** Of a final event. */
    static WebhookDelivery of(JobEvent event, String endpoint, Instant now) {
        WebhookPayload payload = WebhookPayload.of(event);
        String name = "dev.darkroom.webhook:" + event.jobId() + ":" + payload.type();
        UUID id = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
        return new WebhookDelivery(
                "msg_" + id.toString().replace("-", ""),
                endpoint,
                new String(Json.write(payload), StandardCharsets.UTF_8),
                0,
                now);
    }

    WebhookDelivery after(Instant next) {
        return new WebhookDelivery(id, endpoint, body, attempts + 1, next);
    }
}
