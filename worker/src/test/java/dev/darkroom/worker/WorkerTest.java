package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.event.JobPreview;
import dev.darkroom.contract.event.PreviewRequest;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.platform.outcome.JobOutcomes;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.EmbeddedStack;
import dev.darkroom.testing.Interposed;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import dev.darkroom.worker.delivery.PictureParameters;
import dev.darkroom.worker.delivery.Previews;
import dev.darkroom.worker.generate.ActivationBudget;
import dev.darkroom.worker.generate.Generator;
import dev.darkroom.worker.intake.JobObserver;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.model.ModelPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers on a real broker and a real S3 server, with the bundled model. */
class WorkerTest {
    @TempDir private static Path folder;
    private static PoolFixture pool;
    private Optional<Worker> worker = Optional.empty();

    @BeforeAll
    static void startPool() {
        pool = PoolFixture.start();
    }

    @AfterAll
    static void stopPool() {
        pool.close();
    }

    @AfterEach
    void stopWorker() {
        worker.ifPresent(Worker::close);
    }

    private Worker startWorker(int slots) {
        Worker started = pool.worker("test-worker", slots, folder.resolve("cache"));
        worker = Optional.of(started);
        started.start();
        Await.until(started::isReady);
        return started;
    }

    @Test
    void jobGoesThroughTheQueueToPictures() throws IOException {
        Worker started = startWorker(1);
        assertThat(started.models().loaded())
                .containsExactly(BundledCheckpoint.shared().manifest().id());
        GenerationJob job = job(20, 3);

        pool.publisher.submit(job, Optional.empty());

        assertThat(pool.awaitEnd(job.id())).isInstanceOf(JobEvent.Succeeded.class);
        assertThat(pool.events(job.id(), JobEvent.Started.class))
                .singleElement()
                .satisfies(event -> assertThat(event.worker()).isEqualTo("test-worker"));
        ResultManifest result = pool.result(job.id()).orElseThrow();
        assertThat(result.job()).isEqualTo(job);
        assertThat(result.attempt()).isEqualTo(1);
        assertThat(result.checkpoint())
                .isEqualTo(BundledCheckpoint.shared().manifest().id().version());
        assertThat(result.seconds().denoiser()).isPositive();
        assertThat(result.images())
                .extracting(StoredImage::seed)
                .containsExactly(job.seed(), job.seed() + 1, job.seed() + 2);
        assertPicturesAreOf(job);
    }

    @Test
    void takesNoJobsWhileItsMachineCannotLoadTheModel() throws IOException {
        Path blocked = Files.createFile(folder.resolve("no-folder"));
        try (Worker sick = pool.worker("sick", 1, blocked)) {
            sick.start();
            Await.until(() -> sick.trouble().isPresent());
            GenerationJob job = job(2, 1);
            pool.publisher.submit(job, Optional.empty());

            startWorker(1);

            assertThat(pool.awaitEnd(job.id())).isInstanceOf(JobEvent.Succeeded.class);
            assertThat(pool.events(job.id(), JobEvent.Started.class))
                    .extracting(JobEvent.Started::worker)
                    .containsExactly("test-worker");
            assertThat(sick.state()).isEqualTo(Worker.State.STARTING);
            Files.delete(blocked);
            Await.until(sick::isReady);
        }
    }

    @Test
    void loadThatStandsStillBeforeThereIsAnyJobIsFound() {
        AtomicInteger hangs = new AtomicInteger();
        JobObserver counting =
                Interposed.as(
                        JobObserver.class,
                        (method, arguments) -> {
                            hangs.addAndGet(method.getName().equals("hung") ? 1 : 0);
                            return Interposed.call(JobObserver.none(), method, arguments);
                        });
        CountDownLatch goesOn = new CountDownLatch(1);
        UnaryOperator<ModelPool.Loader> stuck =
                real ->
                        (id, pulse) -> {
                            pulse.live();
                            Await.until(() -> goesOn.getCount() == 0);
                            return real.load(id, pulse);
                        };
        try (Worker sick =
                pool.worker(
                        "stuck",
                        OptionalInt.of(1),
                        folder.resolve("stuck"),
                        Jobs.MODEL,
                        stuck,
                        Duration.ofMillis(500),
                        counting)) {
            sick.start();

            Await.until(() -> hangs.get() == 1);
            assertThat(sick.isReady()).isFalse();
            assertThat(sick.trouble()).contains("1 load(s) of models stand still");

            goesOn.countDown();
            Await.until(sick::isReady);
            assertThat(sick.trouble()).isEmpty();
            assertThat(hangs).hasValue(1);
        }
    }

    @Test
    void takesAsManyJobsAsShareACallOnceAModelIsThere() throws Exception {
        ModelName late = new ModelName("late");
        Path made = folder.resolve("late");
        CheckpointId checkpoint =
                new DiffusersImporter(Clock.systemUTC())
                        .importFolder(
                                Checkout.bundledModel(),
                                late,
                                ImportOptions.NONE,
                                made,
                                (done, total) -> {})
                        .id();
        pool.registry.publish(made);
        try (Worker early =
                pool.worker(
                        "early",
                        OptionalInt.empty(),
                        folder.resolve("cache"),
                        late,
                        UnaryOperator.identity())) {
            early.start();
            Await.until(early::isReady);
            assertThat(members("early-")).isOne();

            pool.registry.promote(checkpoint);
            GenerationRequest request =
                    new GenerationRequest(
                            Optional.empty(),
                            "a red sneaker",
                            Optional.empty(),
                            Optional.of(late),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(2),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty());
            CheckpointConfiguration configuration = pool.registry.configuration(checkpoint);
            GenerationJob job = request.resolve(id(), late, configuration);
            pool.publisher.submit(job, Optional.empty());

            assertThat(pool.awaitEnd(job.id())).isInstanceOf(JobEvent.Succeeded.class);
            int jobs = PoolFixture.BUDGET.jobs(configuration);
            assertThat(jobs).isGreaterThan(1);
            Await.until(() -> members("early-") == jobs);
            Await.until(early::isReady);
        }
    }

    /** How many consumers with names that begin so the broker knows. */
    private static long members(String prefix) {
        try (Admin admin =
                Admin.create(
                        Map.of(
                                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                pool.kafka.bootstrapServers()))) {
            return admin
                    .describeShareGroups(List.of(Topics.WORKERS_GROUP))
                    .all()
                    .get()
                    .get(Topics.WORKERS_GROUP)
                    .members()
                    .stream()
                    .filter(member -> member.clientId().startsWith(prefix))
                    .count();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void badRecordsAreAnsweredAndStopNobody() throws Exception {
        startWorker(1);
        JobId broken = id();
        JobId unknown = id();
        JobId huge = id();
        int deadBefore = pool.dead.size();
        send(Optional.empty(), "{ this is not JSON");
        send(Optional.of(broken.value()), "{\"id\":");
        send(
                Optional.empty(),
                "{\"id\":\"" + unknown + "\",\"prompt\":\"a\",\"model\":\"no-such-model\"}");
        send(
                Optional.empty(),
                "{\"id\":\"" + huge + "\",\"prompt\":\"" + "a ".repeat(50_000) + "\"}");
        GenerationJob good = job(2, 1);
        pool.publisher.submit(good, Optional.empty());

        assertThat(pool.awaitEnd(good.id())).isInstanceOf(JobEvent.Succeeded.class);
        assertFailed(broken, ErrorCode.MALFORMED_REQUEST);
        assertFailed(unknown, ErrorCode.UNKNOWN_MODEL);
        assertFailed(huge, ErrorCode.INVALID_REQUEST);
        Await.until(() -> pool.dead.size() >= deadBefore + 2);
        assertThat(pool.dead.subList(deadBefore, deadBefore + 2))
                .extracting(
                        record -> new String(record.value().orElseThrow(), StandardCharsets.UTF_8))
                .containsExactlyInAnyOrder("{ this is not JSON", "{\"id\":");
    }

    @Test
    void jobLongerThanTheLockIsDoneOnce() {
        startWorker(2);
        GenerationJob job = job(1000, 2);

        long begin = System.nanoTime();
        pool.publisher.submit(job, Optional.empty());
        Await.until(() -> !pool.events(job.id(), JobEvent.Started.class).isEmpty());
        long started = System.nanoTime();
        assertThat(pool.awaitEnd(job.id())).isInstanceOf(JobEvent.Succeeded.class);

        assertThat(Duration.ofNanos(System.nanoTime() - started))
                .as(
                        "the job must outlast its lock for this test to mean anything; all took %s ms",
                        (System.nanoTime() - begin) / 1_000_000)
                .isGreaterThan(Duration.ofSeconds(PoolFixture.LOCK_SECONDS));
        assertThat(pool.events(job.id(), JobEvent.Started.class)).hasSize(1);
        assertThat(pool.result(job.id()).orElseThrow().attempt()).isEqualTo(1);
    }

    @Test
    void jobSubmittedAgainIsOnlyToldAgain() {
        startWorker(1);
        GenerationJob job = job(3, 1);
        pool.publisher.submit(job, Optional.empty());
        pool.awaitEnd(job.id());
        ResultManifest first = pool.result(job.id()).orElseThrow();

        pool.publisher.submit(job, Optional.empty());

        Await.until(() -> pool.events(job.id(), JobEvent.Succeeded.class).size() == 2);
        assertThat(pool.events(job.id(), JobEvent.Started.class)).hasSize(1);
        assertThat(pool.result(job.id())).contains(first);
    }

    @Test
    void cancelledJobsAreStoppedAndDroppedAndTheNextIsTaken() {
        startWorker(1);
        GenerationJob running = job(1000, 2);
        GenerationJob waiting = job(1000, 2);
        GenerationJob next = job(2, 1);
        pool.publisher.submit(running, Optional.empty());
        Await.until(() -> !pool.events(running.id(), JobEvent.Progress.class).isEmpty());
        pool.publisher.submit(waiting, Optional.empty());
        pool.publisher.submit(next, Optional.empty());

        cancel(waiting.id());
        cancel(running.id());

        assertThat(pool.awaitEnd(next.id())).isInstanceOf(JobEvent.Succeeded.class);
        for (GenerationJob job : List.of(running, waiting)) {
            assertThat(pool.awaitEnd(job.id())).isInstanceOf(JobEvent.Cancelled.class);
            assertThat(pool.store.list(ObjectKeys.job(job.id())))
                    .containsExactly(ObjectKeys.outcome(job.id()));
        }
        assertThat(pool.events(waiting.id(), JobEvent.Started.class)).isEmpty();
        assertThat(
                        pool.events(running.id(), JobEvent.Progress.class).stream()
                                .mapToInt(JobEvent.Progress::step))
                .allMatch(step -> step < running.steps());
    }

    @Test
    void runningJobIsShownOnDemandAndItsPreviewDoesNotOutliveIt() throws IOException {
        startWorker(1);
        GenerationJob job = job(150, 2);
        GenerationJob unwanted = job(1000, 1);
        for (GenerationJob shown : List.of(job, unwanted)) {
            pool.publisher.submit(shown, Optional.empty());
            Await.until(() -> !pool.events(shown.id(), JobEvent.Progress.class).isEmpty());
            assertThat(pool.events(shown.id(), JobEvent.Progress.class))
                    .allMatch(progress -> progress.preview().isEmpty());
            assertThat(pool.store.size(ObjectKeys.preview(shown.id()))).isEmpty();

            pool.publisher.control(new PreviewRequest(shown.id(), Instant.now()));

            Await.until(() -> previews(shown).findAny().isPresent());
            JobPreview preview = previews(shown).findFirst().orElseThrow();
            assertThat(preview.key()).isEqualTo(ObjectKeys.preview(shown.id()));
            assertThat(preview.step()).isBetween(1, shown.steps() - 1);
            byte[] png = pool.store.find(preview.key()).orElseThrow();
            assertThat(PngImage.text(png, Previews.KEYWORD).orElseThrow())
                    .matches("step [0-9]+ of " + shown.steps());
            assertThat(Pictures.pixels(png))
                    .as("8 x 8 latents of each picture side by side")
                    .hasSize(8 * 8 * 3 * shown.count());
            if (shown.equals(unwanted)) {
                cancel(shown.id());
            }
            pool.awaitEnd(shown.id());
            Await.until(() -> pool.store.size(ObjectKeys.preview(shown.id())).isEmpty());
        }
        assertThat(pool.awaitEnd(job.id())).isInstanceOf(JobEvent.Succeeded.class);
        assertPicturesAreOf(job);
        assertThat(pool.awaitEnd(unwanted.id())).isInstanceOf(JobEvent.Cancelled.class);
        Await.until(
                () ->
                        pool.store
                                .list(ObjectKeys.job(unwanted.id()))
                                .equals(List.of(ObjectKeys.outcome(unwanted.id()))));
    }

    private static Stream<JobPreview> previews(GenerationJob job) {
        return pool.events(job.id(), JobEvent.Progress.class).stream()
                .flatMap(progress -> progress.preview().stream());
    }

    /** As a producer does it. */
    private static void cancel(JobId job) {
        JobOutcome outcome =
                new JobOutcomes(pool.store)
                        .decide(JobOutcome.without(new JobEvent.Cancelled(job, Instant.now())));
        pool.publisher.control(outcome.end());
    }

    @Test
    void workerThatStopsFinishesItsJob() {
        Worker started = startWorker(1);
        GenerationJob job = job(100, 1);
        pool.publisher.submit(job, Optional.empty());
        Await.until(() -> !pool.events(job.id(), JobEvent.Started.class).isEmpty());

        started.close();

        assertThat(started.isReady()).isFalse();
        assertThat(pool.result(job.id())).isPresent();
        assertThat(pool.awaitEnd(job.id())).isInstanceOf(JobEvent.Succeeded.class);
    }

    @Test
    void anotherWorkerFinishesTheJobOfOneThatWasKilled() throws Exception {
        GenerationJob job = job(300, 2);
        Process doomed =
                WorkerProcess.start(
                        pool,
                        EmbeddedStack.shared().storeEndpoint().toString(),
                        folder.resolve("cache"),
                        folder.resolve("doomed.log").toFile());
        try {
            pool.publisher.submit(job, Optional.empty());
            Await.until(
                    Duration.ofMinutes(2),
                    () -> !pool.events(job.id(), JobEvent.Progress.class).isEmpty());
        } finally {
            doomed.destroyForcibly().waitFor();
        }
        assertThat(pool.result(job.id())).isEmpty();

        startWorker(1);

        assertThat(pool.awaitEnd(job.id())).isInstanceOf(JobEvent.Succeeded.class);
        assertThat(pool.events(job.id(), JobEvent.Started.class))
                .extracting(JobEvent.Started::worker)
                .containsExactly("doomed", "test-worker");
        assertThat(pool.events(job.id(), JobEvent.Succeeded.class)).hasSize(1);
        ResultManifest result = pool.result(job.id()).orElseThrow();
        assertThat(result.attempt()).isEqualTo(2);
        assertThat(pool.store.list("jobs/" + job.id() + "/"))
                .as("pictures, outcome and manifest")
                .hasSize(job.count() + 2);
        assertPicturesAreOf(job);
    }

    private void assertPicturesAreOf(GenerationJob job) throws IOException {
        List<RgbImage> expected =
                new Generator(new ActivationBudget(2048))
                        .generate(
                                job,
                                BundledCheckpoint.shared().model(),
                                Generator.Progress.none(),
                                new Cancellation())
                        .pictures();
        for (int i = 0; i < job.count(); i++) {
            byte[] png = pool.store.find(ObjectKeys.image(job.id(), i)).orElseThrow();
            assertThat(PngImage.text(png, PictureParameters.KEYWORD).orElseThrow())
                    .startsWith(job.prompt());
            byte[] pixels = Pictures.pixels(png);
            ByteBuffer reference = ByteBuffer.wrap(expected.get(i).pixels());
            assertThat(GreyLevels.maxDifference(pixels, reference, 0)).isLessThanOrEqualTo(1);
        }
    }

    private static void assertFailed(JobId job, ErrorCode code) {
        assertThat(pool.awaitEnd(job))
                .isInstanceOfSatisfying(
                        JobEvent.Failed.class, event -> assertThat(event.code()).isEqualTo(code));
    }

    private static void send(Optional<String> key, String value) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", pool.kafka.bootstrapServers());
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(
                            new ProducerRecord<>(
                                    Topics.JOBS,
                                    key.map(text -> text.getBytes(StandardCharsets.UTF_8))
                                            .orElse(null),
                                    value.getBytes(StandardCharsets.UTF_8)))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private static JobId id() {
        return JobId.of(UUID.randomUUID());
    }

    private static GenerationJob job(int steps, int count) {
        return new GenerationJob(
                id(),
                TenantName.DEFAULT,
                "a red sneaker",
                "dark",
                Jobs.MODEL,
                Optional.empty(),
                32,
                32,
                steps,
                SamplerName.EULER,
                3,
                41,
                count,
                Priority.NORMAL,
                Optional.empty());
    }
}
