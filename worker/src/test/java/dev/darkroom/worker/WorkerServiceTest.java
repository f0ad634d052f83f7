package dev.darkroom.worker;

import static io.restassured.RestAssured.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Instant;
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
    @Inject ObjectStore store;
    @Inject CheckpointRegistry registry;

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
        assertThat(get("/q/metrics").asString())
                .contains("darkroom_step_seconds_count 0", "darkroom_jobs_waiting 0.0");
    }

    @Test
    void judgesCanariesWhereThereIsNoTrainer() {
        ModelName model = new ModelName("judged");
        CheckpointId parent = published(model, "00000000000a");
        CheckpointId child = published(model, "00000000000b");
        registry.promote(parent);
        Promotion trial = registry.promoteCanary(child, 10);

        publisher.publish(
                new CheckpointEvent.Refused(
                        model,
                        child.version(),
                        Instant.EPOCH,
                        "worker-1",
                        ErrorCode.CORRUPT_CHECKPOINT,
                        "does not load",
                        Optional.of(trial.promotedAt())));

        Await.until(() -> registry.promotion(model).orElseThrow().canary().isEmpty());
        assertThat(registry.promoted(model)).contains(parent);
    }

    /** By its manifest alone: nobody loads it. */
    private CheckpointId published(ModelName model, String version) {
        CheckpointId id = new CheckpointId(model, new CheckpointVersion(version));
        CheckpointFile file = new CheckpointFile(CheckpointConfiguration.FILE, 1, "0".repeat(64));
        store.put(
                ObjectKeys.checkpointManifest(id),
                Json.write(
                        new CheckpointManifest(
                                CheckpointManifest.FORMAT,
                                model,
                                id.version(),
                                "a test",
                                Instant.EPOCH,
                                List.of(file))),
                "application/json");
        return id;
    }
}
