package dev.darkroom.producer.webhook;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.producer.LogCapture;
import dev.darkroom.producer.WorkerStub;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** A producer whose webhook is on its own machine, and that nobody told to allow that. */
@QuarkusTest
@QuarkusTestResource(value = PrivateWebhookTest.NotAllowed.class, restrictToAnnotatedClass = true)
class PrivateWebhookTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    @Inject JobPublisher publisher;
    @Inject ObjectStore store;

    @Test
    void tellsNobodyOnThisMachineAndSaysWhy() throws IOException {
        URI url = ConfigProvider.getConfig().getValue(WebhookServiceTest.URL, URI.class);
        try (WebhookReceiver receiver = new WebhookReceiver(url.getPort(), call -> 200);
                LogCapture log = new LogCapture(WebhookSender.class.getName())) {
            String job =
                    given().contentType(ContentType.JSON)
                            .body("{\"prompt\":\"a red sneaker\"}")
                            .post("/v1/jobs")
                            .path("id");
            new WorkerStub(publisher, store)
                    .finish(WorkerStub.resolve(job, GenerationRequest.of("a red sneaker")), 1);

            Predicate<String> refused =
                    line ->
                            line.contains("webhook")
                                    && line.contains("failed, again at")
                                    && line.contains(
                                            "/127.0.0.1:"
                                                    + url.getPort()
                                                    + " is no public address");
            long end = System.nanoTime() + SOON.toNanos();
            while (log.lines().stream().noneMatch(refused) && receiver.calls.isEmpty()) {
                assertThat(System.nanoTime())
                        .as("it is said within a minute: %s", log.lines())
                        .isLessThan(end);
                Thread.onSpinWait();
            }
            assertThat(receiver.calls).isEmpty();
        }
    }

    /** As where it is allowed, but for that. */
    public static final class NotAllowed extends WebhookServiceTest.Configured {
        @Override
        public Map<String, String> start() {
            Map<String, String> configuration = new HashMap<>(super.start());
            configuration.remove("darkroom.producer.webhook.allow-private");
            return configuration;
        }
    }
}
