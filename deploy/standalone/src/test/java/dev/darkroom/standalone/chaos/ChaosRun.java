package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.testing.Checkout;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Two workers, jobs all the time, and one fault after the other. */
final class ChaosRun implements AutoCloseable {
    private static final ModelName MODEL = new ModelName("fashion-sd");
    private static final CheckpointVersion UNKNOWN = new CheckpointVersion("ffffffffffff");
    private static final List<SamplerName> SAMPLERS = List.of(SamplerName.values());
    private static final int WORKERS = 2;
    private static final int OPEN_JOBS = 8;
    private static final int STEPS = 12;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration OUTAGE = Duration.ofSeconds(3);
    private static final Duration PAUSE = Duration.ofSeconds(3L * Servers.LOCK_SECONDS);

    private final Path folder;
    private final Random random;
    private final Servers servers;
    private final ObjectStore store;
    private final CheckpointRegistry registry;
    private final JobPublisher publisher;
    private final Ledger ledger;
    private final List<WorkerHandle> workers = new ArrayList<>();
    private final List<JobId> accepted = new CopyOnWriteArrayList<>();

    /** The broker did not say whether it has them. */
    private final List<JobId> uncertain = new CopyOnWriteArrayList<>();

    /** Those that ask for what does not exist: they fail, and no others. */
    private final Set<JobId> impossible = ConcurrentHashMap.newKeySet();

    private final List<Duration> redeliveries = new ArrayList<>();
    private final Thread client = new Thread(this::submit, "client");
    private volatile boolean over;
    private int faults;
    private int started;

    ChaosRun(Path folder, long seed) throws IOException {
        this.folder = folder;
        this.random = new Random(seed);
        this.servers = new Servers(folder);
        PoolTopology.ensure(servers.kafka());
        store = servers.store();
        store.ensureBucket();
        registry = new CheckpointRegistry(store, servers.kafka());
        registry.start();
        Path checkpoint = folder.resolve("checkpoint");
        CheckpointId id =
                new DiffusersImporter(Clock.systemUTC())
                        .importFolder(
                                Checkout.bundledModel(),
                                MODEL,
                                ImportOptions.NONE,
                                checkpoint,
                                (done, total) -> {})
                        .id();
        registry.publish(checkpoint);
        registry.promote(id);
        publisher = new JobPublisher(servers.kafka(), "/darkroom/chaos");
        ledger = new Ledger(servers.kafka());
        for (int i = 0; i < WORKERS; i++) {
            workers.add(startWorker());
        }
        client.setDaemon(true);
        client.start();
    }

    private WorkerHandle startWorker() throws IOException {
        return new WorkerHandle(
                servers,
                servers.kafka().bootstrapServers(),
                "worker-" + ++started,
                folder,
                MODEL.value());
    }

    /** Keeps some jobs in the pool. */
    private void submit() {
        while (!over) {
            if (accepted.size() - endedOfAccepted() >= OPEN_JOBS) {
                pause(Duration.ofMillis(20));
                continue;
            }
            GenerationJob job = job();
            try {
                publisher.submit(job, Optional.empty());
                accepted.add(job.id());
            } catch (DarkroomException e) {
                uncertain.add(job.id());
            }
        }
    }

    private long endedOfAccepted() {
        return accepted.stream().filter(ledger::hasEnded).count();
    }

    private GenerationJob job() {
        JobId id = JobId.of(new UUID((random.nextLong() & ~0xf000L) | 0x4000L, random.nextLong()));
        boolean refused = random.nextInt(10) == 0;
        if (refused) {
            impossible.add(id);
        }
        return new GenerationJob(
                id,
                TenantName.DEFAULT,
                "a red sneaker",
                "",
                MODEL,
                refused ? Optional.of(UNKNOWN) : Optional.empty(),
                32,
                32,
                STEPS,
                SAMPLERS.get(random.nextInt(SAMPLERS.size())),
                2,
                random.nextInt(1000),
                1,
                Priority.NORMAL,
                Optional.empty());
    }

    /** Waits for a job to be there, lets it happen, and sees that jobs go on. */
    void happen(Stage stage, Fault fault) throws IOException, InterruptedException {
        WorkerHandle worker = workers.get(random.nextInt(workers.size()));
        worker.hold(stage);
        await(worker.name() + " at " + stage, () -> worker.isAt(stage));
        Instant now = Instant.now();
        List<JobId> held = ledger.heldBy(worker.name());
        switch (fault) {
            case KILL -> {
                worker.kill();
                workers.remove(worker);
                workers.add(startWorker());
            }
            case BROKER -> {
                servers.restartBroker();
                worker.go();
            }
            case STORE_REFUSES -> storeFails(FaultyLink.Mode.REFUSE, worker);
            case STORE_SLOW -> storeFails(FaultyLink.Mode.SLOW, worker);
            case STORE_CUT -> storeFails(FaultyLink.Mode.CUT, worker);
            case DISK_FULL -> {
                servers.fillDisk(true);
                worker.go();
                pause(OUTAGE);
                servers.fillDisk(false);
            }
            case PAUSE -> {
                worker.signal("STOP");
                pause(PAUSE);
                worker.signal("CONT");
                worker.go();
            }
        }
        faults++;
        int before = ledger.ended();
        await("jobs go on after " + fault + " at " + stage, () -> ledger.ended() > before + 1);
        for (WorkerHandle one : workers) {
            if (!one.isAlive()) {
                throw new AssertionError(one.name() + " ended after " + fault + " at " + stage);
            }
        }
        if (fault == Fault.KILL || fault == Fault.PAUSE) {
            held.forEach(job -> ledger.untilStarted(job, now).ifPresent(redeliveries::add));
        }
    }

    private void storeFails(FaultyLink.Mode mode, WorkerHandle worker) throws IOException {
        servers.link().set(mode);
        worker.go();
        pause(OUTAGE);
        servers.link().set(FaultyLink.Mode.PASS);
    }

    /**
     * Waits until all jobs have ended, and looks at what is left of them.
     *
     * @param jobs that there have to be
     */
    Report end(int jobs) throws InterruptedException {
        await("all jobs are accepted", () -> accepted.size() >= jobs);
        over = true;
        client.join();
        await("all jobs end", () -> accepted.stream().allMatch(ledger::hasEnded));
        Invariant invariant = new Invariant(ledger, store, servers.kafka(), impossible);
        await("nothing is locked", invariant::isQueueEmpty);
        return new Report(
                faults,
                accepted.size(),
                invariant.lost(accepted),
                invariant.violations(accepted, uncertain),
                redeliveries.stream().sorted().toList());
    }

    /**
     * @param lost jobs that were accepted and have not ended
     * @param violations of what must hold of every job
     * @param redeliveries from a worker's death or pause to the next begin of its jobs, sorted
     */
    record Report(
            int faults,
            int jobs,
            List<JobId> lost,
            List<String> violations,
            List<Duration> redeliveries) {}

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited for " + PATIENCE + " until " + what);
            }
            pause(Duration.ofMillis(20));
        }
    }

    private static void pause(Duration duration) {
        try {
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        over = true;
        workers.forEach(WorkerHandle::end);
        ledger.close();
        publisher.close();
        registry.close();
        store.close();
        servers.close();
    }
}
