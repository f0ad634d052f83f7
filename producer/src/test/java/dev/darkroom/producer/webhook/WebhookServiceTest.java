package dev.darkroom.producer.webhook;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.producer.PoolStub;
import dev.darkroom.producer.WorkerStub;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** A producer that is told by its configuration where to tell how jobs end. */
@QuarkusTest
@QuarkusTestResource(value = WebhookServiceTest.Configured.class, restrictToAnnotatedClass = true)
class WebhookServiceTest {
    static final String URL = "darkroom.producer.webhook.url";

    @Inject JobPublisher publisher;
    @Inject ObjectStore store;

    @Test
    void tellsHowAJobEnded() throws IOException {
        // Not injected: that would ask every other test's configuration for it.
        URI url = ConfigProvider.getConfig().getValue(URL, URI.class);
        try (WebhookReceiver receiver = new WebhookReceiver(url.getPort(), call -> 200)) {
            String job =
                    given().contentType(ContentType.JSON)
                            .body("{\"prompt\":\"a red sneaker\"}")
                            .post("/v1/jobs")
                            .path("id");
            new WorkerStub(publisher, store)
                    .finish(WorkerStub.resolve(job, GenerationRequest.of("a red sneaker")), 1);

            assertThat(
                            receiver.await(
                                    came ->
                                            came.stream()
                                                    .anyMatch(call -> call.body().contains(job))))
                    .allMatch(WebhookReceiver.Call::isSigned);
        }
    }

    /** A pool with a webhook at a port that is free. */
    public static class Configured implements QuarkusTestResourceLifecycleManager {
        private final PoolStub pool = new PoolStub();

        @Override
        public Map<String, String> start() {
            Map<String, String> configuration = new HashMap<>(pool.start());
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                configuration.put(URL, "http://127.0.0.1:" + free.getLocalPort() + "/hook");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            configuration.put("darkroom.producer.webhook.secret", WebhookReceiver.SECRET);
            configuration.put("darkroom.producer.webhook.allow-private", "true");
            return configuration;
        }

        @Override
        public void stop() {
            pool.stop();
        }
    }
}
