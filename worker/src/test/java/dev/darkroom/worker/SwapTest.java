package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.testing.EmbeddedStack;
import dev.darkroom.worker.generate.ActivationBudget;
import dev.darkroom.worker.generate.Generator;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.model.LoadedModel;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints that change under a running worker, on a real broker and a real S3 server. */
class SwapTest {
    private static final ModelName MODEL = new ModelName("swapped");
    private static final int SWAPS = 4;
    private static final AtomicInteger WORKERS = new AtomicInteger();

    @TempDir private static Path folder;
    private static PoolFixture pool;
    private static TintedCheckpoints checkpoints;
    private static final List<CheckpointId> GOOD = new ArrayList<>();
    private static final Map<CheckpointId, LoadedModel> ALONE = new HashMap<>();
    private static final Map<String, byte[]> EXPECTED = new HashMap<>();
    private static final int SEEDS = 2;
    private static Path goodFolder;

    private final String name = "swap-worker-" + WORKERS.incrementAndGet();
    private Worker worker;

    @BeforeAll
    static void startPool() throws IOException {
        EmbeddedStack stack = EmbeddedStack.shared();
        pool = PoolFixture.join(stack.bootstrapServers(), stack.storeEndpoint().toString());
        checkpoints = new TintedCheckpoints(MODEL);
        for (int channel = 0; channel < 2; channel++) {
            Path made = checkpoints.tinted(channel);
            goodFolder = made;
            CheckpointId id = TintedCheckpoints.id(made);
            pool.registry.publish(made);
            GOOD.add(id);
            ALONE.put(id, LoadedModel.load(id, made));
        }
    }

    @AfterAll
    static void stopPool() {
        ALONE.values().forEach(LoadedModel::close);
        pool.close();
    }

    @AfterEach
    void stopWorker() {
        Optional.ofNullable(worker).ifPresent(Worker::close);
    }

    private void startWorker(int slots, CheckpointId promoted) {
        pool.registry.promote(promoted);
        worker = pool.worker(name, slots, folder.resolve("cache"), MODEL);
        worker.start();
        Await.until(worker::isReady);
    }

    @Test
    void swapsUnderLoadFailAndMixUpNoJob() throws IOException {
        startWorker(2, GOOD.get(0));
        List<GenerationJob> jobs = new ArrayList<>();
        List<GenerationJob> open = new ArrayList<>();
        for (int swap = 1; swap <= SWAPS; swap++) {
            CheckpointId next = GOOD.get(swap % GOOD.size());
            pool.registry.promote(next);
            int told = swap + 1;
            Await.until(
                    () -> {
                        keepBusy(jobs, open);
                        return swaps() >= told;
                    });
        }
        Map<CheckpointVersion, Integer> made = new HashMap<>();
        for (GenerationJob job : jobs) {
            assertThat(pool.awaitEnd(job.id())).isInstanceOf(JobEvent.Succeeded.class);
            made.merge(assertPictureIsOfItsVersion(job), 1, Integer::sum);
        }
        assertThat(made).hasSize(GOOD.size());
        assertThat(jobs.size()).isGreaterThanOrEqualTo(SWAPS);
        assertThat(worker.models().loaded()).containsExactly(GOOD.get(SWAPS % GOOD.size()));
    }

    /** Always some jobs queued and running. */
    private static void keepBusy(List<GenerationJob> jobs, List<GenerationJob> open) {
        open.removeIf(job -> pool.result(job.id()).isPresent());
        while (open.size() < 3) {
            GenerationJob job = job(2, Optional.empty(), jobs.size() % SEEDS);
            pool.publisher.submit(job, Optional.empty());
            jobs.add(job);
            open.add(job);
        }
    }

    @Test
    void jobInFlightEndsWithTheVersionItBeganWith() throws IOException {
        startWorker(2, GOOD.get(0));
        GenerationJob running = job(1000, Optional.empty(), 1);
        pool.publisher.submit(running, Optional.empty());
        Await.until(() -> !pool.events(running.id(), JobEvent.Started.class).isEmpty());

        pool.registry.promote(GOOD.get(1));
        Await.until(() -> swaps() == 2);
        GenerationJob later = submit(2, Optional.empty());
        GenerationJob pinned = submit(2, Optional.of(GOOD.get(0).version()));

        assertThat(assertPictureIsOfItsVersion(later)).isEqualTo(GOOD.get(1).version());
        assertThat(pool.events(running.id()).stream().noneMatch(JobEvent::isFinal))
                .as("the job must outlast the swap for this test to mean anything")
                .isTrue();
        assertThat(assertPictureIsOfItsVersion(running)).isEqualTo(GOOD.get(0).version());
        assertThat(assertPictureIsOfItsVersion(pinned)).isEqualTo(GOOD.get(0).version());
    }

    @Test
    void canaryGetsItsShare() throws IOException {
        startWorker(1, GOOD.get(0));
        Promotion trial =
                new Promotion(
                        MODEL,
                        GOOD.get(0).version(),
                        Instant.EPOCH,
                        Optional.of(new Promotion.Canary(GOOD.get(1).version(), 40)));
        pool.registry.promote(trial);
        Await.until(() -> swaps() == 2);
        List<GenerationJob> jobs = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            jobs.add(submit(1, Optional.empty()));
        }
        GenerationJob pinned = submit(1, Optional.of(GOOD.get(0).version()));
        for (GenerationJob job : jobs) {
            assertThat(assertPictureIsOfItsVersion(job))
                    .isEqualTo(trial.choose(job.id()).version());
        }
        assertThat(assertPictureIsOfItsVersion(pinned)).isEqualTo(GOOD.get(0).version());

        pool.registry.promote(GOOD.get(1));
        Await.until(() -> worker.models().loaded().equals(List.of(GOOD.get(1))));
        GenerationJob after = submit(1, Optional.empty());
        assertThat(assertPictureIsOfItsVersion(after)).isEqualTo(GOOD.get(1).version());
    }

    @Test
    void spoiledCheckpointsAreRefusedAndTheOldServesOn() throws IOException {
        startWorker(1, GOOD.get(0));
        List<Path> spoiled = List.of(checkpoints.withoutNetwork(goodFolder), checkpoints.white());
        List<String> reasons = List.of("unet does not load", "one colour", "SHA-256");
        List<CheckpointId> refused = new ArrayList<>();
        for (Path each : spoiled) {
            pool.registry.publish(each);
            refused.add(TintedCheckpoints.id(each));
        }
        refused.add(publishTampered());
        for (int i = 0; i < refused.size(); i++) {
            CheckpointId bad = refused.get(i);
            String reason = reasons.get(i);
            pool.registry.promote(bad);
            Await.until(() -> !refusals(bad).isEmpty());
            assertThat(refusals(bad))
                    .singleElement()
                    .satisfies(
                            event -> {
                                assertThat(event.code()).isEqualTo(ErrorCode.CORRUPT_CHECKPOINT);
                                assertThat(event.message()).contains(reason);
                            });
            GenerationJob job = submit(1, Optional.empty());
            assertThat(assertPictureIsOfItsVersion(job)).isEqualTo(GOOD.get(0).version());
        }
        pool.registry.promote(GOOD.get(1));
        Await.until(() -> swaps() == 2);
        GenerationJob job = submit(1, Optional.empty());
        assertThat(assertPictureIsOfItsVersion(job)).isEqualTo(GOOD.get(1).version());
    }

    private static CheckpointId publishTampered() throws IOException {
        // In a file that no other version has: one that a worker has already is not fetched.
        String own = "vae_decoder/variables/variables.data-00000-of-00001";
        Path made = checkpoints.tinted(2);
        CheckpointId id = TintedCheckpoints.id(made);
        pool.registry.publish(made);
        byte[] network = Files.readAllBytes(made.resolve(own));
        network[network.length / 2] ^= 1;
        pool.store.put(ObjectKeys.checkpointFile(id, own), network, "application/octet-stream");
        return id;
    }

    @Test
    void workerKilledAtAnyMomentOfASwapDoesNoHarm() throws Exception {
        Path cache = folder.resolve("killed");
        CheckpointId serving = GOOD.get(0);
        pool.registry.promote(serving);
        Optional<GenerationJob> interrupted = Optional.empty();
        for (WorkerProcess.Moment moment : WorkerProcess.Moment.values()) {
            CheckpointId next = GOOD.get(1 - GOOD.indexOf(serving));
            interrupted = Optional.of(killedAt(moment, serving, next, cache, interrupted));
            serving = next;
        }
        worker = pool.worker(name, 1, cache, MODEL);
        worker.start();
        Await.until(worker::isReady);

        assertAllIsWell(serving, cache, interrupted);
        Path versions = cache.resolve(MODEL.value());
        String shared = "unet/variables/variables.data-00000-of-00001";
        assertThat(
                        Files.isSameFile(
                                versions.resolve(GOOD.get(0).version().value()).resolve(shared),
                                versions.resolve(GOOD.get(1).version().value()).resolve(shared)))
                .as("what both versions have is there once")
                .isTrue();
    }

    /**
     * Starts the next worker, sees that the one before left no harm, and kills this one, too.
     *
     * @param interrupted the job that the worker before was killed in the middle of
     * @return the job that this one was
     */
    private GenerationJob killedAt(
            WorkerProcess.Moment moment,
            CheckpointId serving,
            CheckpointId next,
            Path cache,
            Optional<GenerationJob> interrupted)
            throws Exception {
        File log = folder.resolve("doomed-" + moment + ".log").toFile();
        int before = swaps("doomed").size();
        Process doomed =
                WorkerProcess.start(
                        pool,
                        EmbeddedStack.shared().storeEndpoint().toString(),
                        cache,
                        log,
                        MODEL,
                        Optional.of(new WorkerProcess.Hold(moment, next)));
        try {
            Await.until(Duration.ofMinutes(2), () -> swaps("doomed").size() > before);
            assertAllIsWell(serving, cache, interrupted);
            pool.registry.promote(next);
            Await.until(() -> WorkerProcess.isHeld(log));
            assertThat(parts(cache)).hasSize(moment == WorkerProcess.Moment.DOWNLOAD ? 1 : 0);
            GenerationJob running = submit(200, Optional.empty());
            Await.until(() -> !pool.events(running.id(), JobEvent.Started.class).isEmpty());
            doomed.destroyForcibly().waitFor();
            assertThat(pool.result(running.id())).as("killed in the middle of a job").isEmpty();
            assertThat(swaps("doomed")).hasSize(before + 1);
            return running;
        } finally {
            doomed.destroyForcibly().waitFor();
        }
    }

    private static void assertAllIsWell(
            CheckpointId serving, Path cache, Optional<GenerationJob> interrupted)
            throws IOException {
        if (interrupted.isPresent()) {
            GenerationJob job = interrupted.get();
            assertThat(assertPictureIsOfItsVersion(job)).isEqualTo(serving.version());
            assertThat(pool.events(job.id(), JobEvent.Succeeded.class)).hasSize(1);
        }
        assertThat(assertPictureIsOfItsVersion(submit(2, Optional.empty())))
                .isEqualTo(serving.version());
        assertThat(parts(cache)).isEmpty();
        Path fetched = cache.resolve(MODEL + "/" + serving.version());
        for (CheckpointFile file : pool.registry.requireManifest(serving).files()) {
            assertThat(Sha256.of(fetched.resolve(file.path())))
                    .as(file.path())
                    .isEqualTo(file.sha256());
        }
    }

    /** Files that have come in part. */
    private static List<Path> parts(Path cache) throws IOException {
        try (Stream<Path> walk = Files.walk(cache)) {
            return walk.filter(path -> path.toString().endsWith(".part")).toList();
        }
    }

    private int swaps() {
        return swaps(name).size();
    }

    private static List<CheckpointEvent> swaps(String worker) {
        return pool.checkpointEvents.stream()
                .filter(CheckpointEvent.Swapped.class::isInstance)
                .filter(event -> event.model().equals(MODEL))
                .filter(event -> ((CheckpointEvent.Swapped) event).worker().equals(worker))
                .toList();
    }

    private List<CheckpointEvent.Refused> refusals(CheckpointId checkpoint) {
        return pool.checkpointEvents.stream()
                .filter(CheckpointEvent.Refused.class::isInstance)
                .map(CheckpointEvent.Refused.class::cast)
                .filter(event -> event.checkpoint().equals(checkpoint))
                .toList();
    }

    private static GenerationJob submit(int steps, Optional<CheckpointVersion> version) {
        GenerationJob job = job(steps, version, 7);
        pool.publisher.submit(job, Optional.empty());
        return job;
    }

    /**
     * Compares with what each version makes alone of the same job.
     *
     * @return the version that the manifest names
     */
    private static CheckpointVersion assertPictureIsOfItsVersion(GenerationJob job)
            throws IOException {
        assertThat(pool.awaitEnd(job.id())).isInstanceOf(JobEvent.Succeeded.class);
        ResultManifest result = pool.result(job.id()).orElseThrow();
        byte[] png = pool.store.find(ObjectKeys.image(job.id(), 0)).orElseThrow();
        byte[] pixels = Pictures.pixels(png);
        for (CheckpointId id : GOOD) {
            int difference = GreyLevels.maxDifference(pixels, ByteBuffer.wrap(alone(id, job)), 0);
            if (id.version().equals(result.checkpoint())) {
                assertThat(difference).as("to %s alone", id).isLessThanOrEqualTo(1);
            } else {
                assertThat(difference).as("to %s alone", id).isGreaterThan(10);
            }
        }
        return result.checkpoint();
    }

    private static byte[] alone(CheckpointId checkpoint, GenerationJob job) {
        return EXPECTED.computeIfAbsent(
                checkpoint + " " + job.steps() + " " + job.seed(),
                any ->
                        new Generator(new ActivationBudget(2048))
                                .generate(
                                        job,
                                        ALONE.get(checkpoint),
                                        Generator.Progress.none(),
                                        new Cancellation())
                                .pictures()
                                .get(0)
                                .pixels());
    }

    private static GenerationJob job(int steps, Optional<CheckpointVersion> version, long seed) {
        return new GenerationJob(
                JobId.of(UUID.randomUUID()),
                TenantName.DEFAULT,
                "a red sneaker",
                "",
                MODEL,
                version,
                32,
                32,
                steps,
                SamplerName.EULER,
                1,
                seed,
                1,
                Priority.NORMAL,
                Optional.empty());
    }
}
