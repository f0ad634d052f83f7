package dev.darkroom.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.job.JobStage;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.kafka.AcquiredRecord;
import dev.darkroom.platform.kafka.DeadLetter;
import dev.darkroom.platform.kafka.GivenUp;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.JobRelay;
import dev.darkroom.platform.kafka.JobSlot;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.RecordWriter;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.lease.Leases;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.producer.dead.DeadLetterBoard;
import dev.darkroom.producer.dead.DeadLetterDesk;
import dev.darkroom.producer.dead.DeadLetterQueue;
import dev.darkroom.producer.status.JobDirectory;
import dev.darkroom.producer.submit.ModelCatalog;
import dev.darkroom.testing.Interposed;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Jobs that were given up on, over HTTP; the test is the worker that gives up. */
@QuarkusTest
@QuarkusTestResource(PoolStub.class)
class DeadLettersApiTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @Inject JobPublisher publisher;
    @Inject ObjectStore store;
    @Inject KafkaSettings kafka;
    @Inject DeadLetterBoard board;
    @Inject JobDirectory directory;
    @Inject ModelCatalog catalog;

    private final JobId id = JobId.of(UUID.randomUUID());

    @Test
    void aJobThatWasGivenUpOnIsShownAndRedrivenAsAnother() {
        bury(job(), 3);
        given().get("/v1/dead")
                .then()
                .statusCode(200)
                .body("letters.id", hasItem(id.value()))
                .body("letters.find { it.id == '" + id + "' }.state", equalTo("open"));
        show(id.value())
                .body("code", equalTo("GENERATION_FAILED"))
                .body("message", equalTo("not a number"))
                .body("stage", equalTo("unet"))
                .body("attempts", equalTo(3))
                .body("worker", equalTo("worker-1"))
                .body("stackTrace", containsString("DeadLettersApiTest"))
                .body("record", containsString("a red sneaker"));

        String again = redrive(id.value());

        assertThat(again).isNotEqualTo(id.value());
        show(id.value()).body("state", equalTo("redriven")).body("redrivenAs", equalTo(again));
        given().get("/v1/dead").then().body("letters.id", not(hasItem(id.value())));
        given().get("/v1/dead?all=true").then().body("letters.id", hasItem(id.value()));
        given().get("/v1/jobs/" + again)
                .then()
                .statusCode(200)
                .body("status", equalTo("accepted"))
                .body("acceptedAt", notNullValue());
        long seed = given().get("/v1/jobs/" + again).jsonPath().getLong("seed");
        assertThat(seed).as("that of the first id").isEqualTo(job().seed());
        AcquiredRecord record = take(new JobId(again), 1);
        assertThat(record.deliveries()).isEqualTo(1);
        assertThat(record.headers()).containsEntry("darkroom-redrive-of", id.value());
        assertThat(redrive(id.value())).as("asked again").isEqualTo(again);
        assertThat(records(again)).isEqualTo(1);
    }

    @Test
    void aRedrivenJobThatFailsAgainIsADeadLetterOfItsOwn() {
        bury(job(), 1);
        String second = redrive(id.value());
        publisher.bury(take(new JobId(second), 1), givenUp(Optional.of(new JobId(second))));

        show(second).body("state", equalTo("open")).body("redriveOf", equalTo(id.value()));
        String third = redrive(second);
        assertThat(List.of(id.value(), second, third)).doesNotHaveDuplicates();
    }

    @Test
    void aProducerThatDiedBeforeItMarkedIsFollowedWithoutASecondJob() {
        bury(job(), 1);
        DeadLetterQueue dying =
                new DeadLetterQueue() {
                    @Override
                    public void redrive(DeadLetter letter, JobId job, byte[] value) {
                        publisher.redrive(letter, job, value);
                    }

                    @Override
                    public void tell(DeadLetter letter, JobEvent.Accepted event) {}

                    @Override
                    public void mark(DeadLetter letter, Optional<JobId> redrivenAs) {
                        throw new DarkroomException(ErrorCode.QUEUE_UNAVAILABLE, "dies here");
                    }
                };
        assertThatThrownBy(() -> desk(dying).redrive(List.of(id.value())))
                .hasMessageContaining("dies here");
        show(id.value()).body("state", equalTo("open"));

        String again = redrive(id.value());

        assertThat(records(again)).isEqualTo(1);
        show(id.value()).body("state", equalTo("redriven"));
    }

    @Test
    void aLetterThatCannotBeDoesNotKeepTheOthersFromIt() {
        bury(job(), 1);
        JobId pinned = JobId.of(UUID.randomUUID());
        put(
                ("{\"id\":\""
                                + pinned
                                + "\",\"prompt\":\"x\",\"version\":\""
                                + Jobs.VERSION
                                + "\"}")
                        .getBytes(StandardCharsets.UTF_8),
                pinned.value());
        publisher.bury(take(pinned, 1), givenUp(Optional.of(pinned)));
        ModelCatalog damaged =
                Interposed.as(
                        ModelCatalog.class,
                        (method, arguments) -> {
                            if (((Optional<?>) arguments[1]).isPresent()) {
                                throw new DarkroomException(
                                        ErrorCode.CORRUPT_CHECKPOINT, "configuration.json: what?");
                            }
                            return Interposed.call(catalog, method, arguments);
                        });

        List<DeadLetterDesk.Outcome> outcomes =
                desk(DeadLetterQueue.of(publisher), damaged)
                        .redrive(List.of(pinned.value(), id.value()));

        assertThat(outcomes.get(0).refusal()).contains("configuration.json: what?");
        assertThat(outcomes.get(1).redrivenAs()).isPresent();
        show(pinned.value()).body("state", equalTo("open"));
        show(id.value()).body("state", equalTo("redriven"));
    }

    @Test
    void whatWasDoneIsToldWhereTheRestMustWait() {
        bury(job(), 1);
        GenerationJob second =
                WorkerStub.resolve(UUID.randomUUID().toString(), GenerationRequest.of("x"));
        bury(second, 1);
        DeadLetterQueue pool = DeadLetterQueue.of(publisher);
        DeadLetterQueue failing =
                Interposed.as(
                        DeadLetterQueue.class,
                        (method, arguments) -> {
                            if (((DeadLetter) arguments[0]).name().equals(second.id().value())) {
                                throw new DarkroomException(
                                        ErrorCode.QUEUE_UNAVAILABLE, "no broker");
                            }
                            return Interposed.call(pool, method, arguments);
                        });

        List<DeadLetterDesk.Outcome> outcomes =
                desk(failing, catalog)
                        .redrive(List.of(id.value(), second.id().value(), "and another"));

        assertThat(outcomes.get(0).redrivenAs()).isPresent();
        assertThat(outcomes.subList(1, 3))
                .extracting(DeadLetterDesk.Outcome::id, DeadLetterDesk.Outcome::refusal)
                .containsExactly(
                        tuple(second.id().value(), Optional.of("no broker")),
                        tuple("and another", Optional.of("no broker")));
        show(second.id().value()).body("state", equalTo("open"));
    }

    @Test
    void producersThatRedriveAtOnceMakeOneJob() {
        bury(job(), 1);
        List<CompletableFuture<List<DeadLetterDesk.Outcome>>> both =
                List.of(
                        CompletableFuture.supplyAsync(
                                () ->
                                        desk(DeadLetterQueue.of(publisher))
                                                .redrive(List.of(id.value()))),
                        CompletableFuture.supplyAsync(
                                () ->
                                        desk(DeadLetterQueue.of(publisher))
                                                .redrive(List.of(id.value()))));
        List<Optional<JobId>> jobs =
                both.stream()
                        .map(CompletableFuture::join)
                        .map(outcomes -> outcomes.get(0).redrivenAs())
                        .distinct()
                        .toList();

        assertThat(jobs).hasSize(1);
        assertThat(records(jobs.get(0).orElseThrow().value())).isEqualTo(1);
    }

    @Test
    void aCopyThatComesAfterTheMarkIsNoNewLetter() {
        put(JobRecord.encode(job()), id.value());
        AcquiredRecord record = take(id, 1);
        GivenUp why = givenUp(Optional.of(id));
        publisher.bury(record, why);
        redrive(id.value());

        publisher.bury(record, why);

        show(id.value()).body("state", equalTo("redriven"));
        given().get("/v1/dead?all=true")
                .then()
                .body("letters.findAll { it.id == '" + id + "' }", hasSize(1));
    }

    /** Clients other than ours may write a job again to be sure. */
    @Test
    void lettersOfOneJobAreDroppedTogether() {
        bury(job(), 1);
        bury(job(), 1);
        given().get("/v1/dead")
                .then()
                .body("letters.findAll { it.id == '" + id + "' }", hasSize(2));

        change("drop", id.value()).body("letters[0].refusal", equalTo(null));

        given().get("/v1/dead").then().body("letters.id", not(hasItem(id.value())));
        show(id.value()).body("state", equalTo("dropped"));
    }

    @Test
    void lettersOfOneJobAreRedrivenAsOne() {
        bury(job(), 1);
        bury(job(), 1);

        String again = redrive(id.value());

        given().get("/v1/dead").then().body("letters.id", not(hasItem(id.value())));
        assertThat(redrive(id.value())).as("asked again").isEqualTo(again);
        assertThat(records(again)).isEqualTo(1);
    }

    @Test
    void whatIsNoJobCanOnlyBeDropped() {
        put("no job at all".getBytes(StandardCharsets.UTF_8), id.value());
        AcquiredRecord record = take(id, 1);
        publisher.bury(record, givenUp(Optional.empty()));
        String name = Topics.JOBS + ":" + record.partition() + ":" + record.offset();
        show(name).body("record", equalTo("no job at all")).body("obstacle", notNullValue());

        change("redrive", name).body("letters[0].refusal", notNullValue());
        show(name).body("state", equalTo("open"));
        change("drop", name).body("letters[0].refusal", equalTo(null));
        show(name).body("state", equalTo("dropped"));
        change("drop", name).body("letters[0].refusal", equalTo(null));
    }

    @Test
    void droppedLettersAreNotRedrivenAndRedrivenOnesNotDropped() {
        bury(job(), 1);
        change("drop", id.value());
        change("redrive", id.value()).body("letters[0].refusal", containsString("dropped"));
    }

    @Test
    void refusesWhatIsNotThere() {
        given().get("/v1/dead/" + UUID.randomUUID())
                .then()
                .statusCode(404)
                .body("code", equalTo("UNKNOWN_JOB"));
        change("redrive", UUID.randomUUID().toString()).body("letters[0].refusal", notNullValue());
        given().contentType(ContentType.JSON)
                .body("{\"ids\":[]}")
                .post("/v1/dead/drop")
                .then()
                .statusCode(400);
        given().contentType(ContentType.JSON)
                .body("{}")
                .post("/v1/dead/drop")
                .then()
                .statusCode(400);
        given().get("/v1/dead?limit=0").then().statusCode(400);
    }

    private GenerationJob job() {
        return WorkerStub.resolve(id.value(), GenerationRequest.of("a red sneaker"));
    }

    /** Buries a record that says no seed, as other clients' do not. */
    private void bury(GenerationJob job, int deliveries) {
        String value = "{\"id\":\"" + job.id() + "\",\"prompt\":\"" + job.prompt() + "\"}";
        put(value.getBytes(StandardCharsets.UTF_8), job.id().value());
        publisher.bury(take(job.id(), deliveries), givenUp(Optional.of(job.id())));
    }

    private static GivenUp givenUp(Optional<JobId> job) {
        return new GivenUp(
                new DarkroomException(ErrorCode.GENERATION_FAILED, "not a number"),
                JobStage.UNET,
                "worker-1",
                Instant.now(),
                job);
    }

    private void put(byte[] value, String key) {
        try (RecordWriter writer = new RecordWriter(kafka)) {
            writer.write(Topics.JOBS, key, Optional.of(value));
        }
    }

    /** Takes the job's record off the queue at this delivery, and what is before it. */
    private AcquiredRecord take(JobId job, int delivery) {
        long end = System.nanoTime() + SOON.toNanos();
        try (JobSlot slot = new JobSlot(kafka, "test");
                JobRelay relay =
                        new JobRelay(
                                kafka, (record, from) -> from.forward(record, failure -> {}))) {
            relay.start();
            while (System.nanoTime() < end) {
                Optional<AcquiredRecord> taken = slot.take(Duration.ofSeconds(1));
                if (taken.isEmpty()) {
                    continue;
                }
                AcquiredRecord record = taken.get();
                boolean wanted = record.key().equals(Optional.of(job.value()));
                if (wanted && record.deliveries() < delivery) {
                    slot.release();
                } else {
                    slot.accept();
                    if (wanted) {
                        return record;
                    }
                }
            }
        }
        throw new AssertionError("job " + job + " is not on the queue");
    }

    private int records(String key) {
        List<String> keys = new CopyOnWriteArrayList<>();
        try (TopicReader reader =
                new TopicReader(
                        kafka,
                        List.of(Topics.JOBS),
                        record -> record.key().filter(key::equals).ifPresent(keys::add))) {
            reader.start();
            assertThat(reader.awaitCaughtUp(SOON)).isTrue();
        }
        return keys.size();
    }

    private static ValidatableResponse show(String name) {
        return given().get("/v1/dead/" + name).then().statusCode(200).body("id", equalTo(name));
    }

    private static String redrive(String name) {
        return change("redrive", name).extract().path("letters[0].redrivenAs");
    }

    private static ValidatableResponse change(String verb, String name) {
        return given().contentType(ContentType.JSON)
                .body("{\"ids\":[\"" + name + "\"]}")
                .post("/v1/dead/" + verb)
                .then()
                .statusCode(200)
                .body("letters[0].id", equalTo(name));
    }

    /** The desk of another producer. */
    private DeadLetterDesk desk(DeadLetterQueue queue) {
        return desk(queue, catalog);
    }

    private DeadLetterDesk desk(DeadLetterQueue queue, ModelCatalog models) {
        return new DeadLetterDesk(
                board,
                queue,
                new Leases(store, "another", Duration.ofSeconds(5), System::nanoTime),
                SOON,
                directory::isKnown,
                new DeadLetterDesk.Acceptance(models, Jobs.MODEL, Clock.systemUTC()));
    }
}
