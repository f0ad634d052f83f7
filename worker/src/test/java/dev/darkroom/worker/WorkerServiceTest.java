package dev.darkroom.worker;

import static io.restassured.RestAssured.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TopicReader;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** The worker as a service. */
@QuarkusTest
@QuarkusTestResource(value = EmptyPool.class, restrictToAnnotatedClass = true)
class WorkerServiceTest {
    @Inject JobPublisher publisher;
    @Inject KafkaSettings kafka;

    @Test
    void getsReadyAndAnswersJobsAndCountsThem() {
        Await.until(() -> get("/q/health/ready").statusCode() == 200);
        get("/q/health/live").then().statusCode(200);
        get("/q/health/ready")
                .then()
                .body("checks.find { it.name == 'worker' }.data.state", equalTo("RUNNING"));
        List<JobEvent> events = new CopyOnWriteArrayList<>();
        try (TopicReader reader =
                new TopicReader(
                        kafka,
                        List.of(Topics.JOB_EVENTS),
                        record ->
                                events.add(
                                        Json.read(record.value().orElseThrow(), JobEvent.class)))) {
            reader.start();

            publisher.submit(
                    Jobs.job("a dress", "", dev.darkroom.contract.job.SamplerName.DDIM),
                    Optional.empty());

            Await.until(() -> !events.isEmpty());
        }
        assertThat(events.get(0).type()).isEqualTo("failed");
        // Counted after the event is told.
        Await.until(
                () ->
                        get("/q/metrics")
                                .asString()
                                .contains("darkroom_jobs_total{outcome=\"unknown_model\"} 1.0"));
        assertThat(get("/q/metrics").asString()).contains("darkroom_step_seconds_count 0");
    }
}
