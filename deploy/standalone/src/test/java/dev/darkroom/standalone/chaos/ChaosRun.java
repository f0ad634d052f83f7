package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.testing.Checkout;
import dev.darkroom.trainer.importing.DiffusersImporter;
import dev.darkroom.trainer.importing.ImportOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Two workers, jobs all the time, and one fault after the other. */
final class ChaosRun implements AutoCloseable {
    private static final ModelName MODEL = new ModelName("fashion-sd");
    private static final int WORKERS = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration OUTAGE = Duration.ofSeconds(3);
    private static final Duration PAUSE = Duration.ofSeconds(3L * Servers.LOCK_SECONDS);

    private final Path folder;
    private final Random random;
    private final Servers servers;
    private final ObjectStore store;
    private final CheckpointRegistry registry;
    private final JobPublisher publisher;
    private final Ledger ledger;
    private final Canceller canceller;
    private final Client client;
    private final WorkQueue queue;
    private final List<WorkerHandle> workers = new ArrayList<>();
    private final List<CheckpointId> versions;
    private final List<Interrupted> interrupted = new ArrayList<>();
    private int promotions;
    private int faults;
    private int started;
    private int startedAnew;

    /**
     * A job whose worker died or stood still.
     *
     * @param certain whether it had not been acknowledged; of others that word may be on its way
     */
    private record Interrupted(JobId job, Instant since, boolean certain) {}

    ChaosRun(Path folder, long seed) throws IOException {
        this.folder = folder;
        this.random = new Random(seed);
        this.servers = new Servers(folder);
        PoolTopology.ensure(servers.kafka());
        store = servers.store();
        store.ensureBucket();
        registry = new CheckpointRegistry(store, servers.kafka());
        registry.start();
        versions =
                List.of(
                        publish("first", ImportOptions.NONE),
                        publish(
                                "second",
                                new ImportOptions(
                                        Optional.of(12), Optional.empty(), Optional.empty())));
        registry.promote(versions.get(0));
        CheckpointId damaged = publishDamaged();
        publisher = new JobPublisher(servers.kafka(), "/darkroom/chaos");
        ledger = new Ledger(servers.kafka());
        canceller = new Canceller(servers.kafka(), store, publisher, ledger);
        client =
                new Client(
                        MODEL, damaged.version(), publisher, canceller, ledger, random.nextLong());
        queue = new WorkQueue(servers.kafka());
        for (int i = 0; i < WORKERS; i++) {
            workers.add(startWorker(false));
        }
        canceller.start();
        client.start();
    }

    private CheckpointId publish(String name, ImportOptions options) throws IOException {
        Path checkpoint = folder.resolve("checkpoint-" + name);
        CheckpointId id =
                new DiffusersImporter(Clock.systemUTC())
                        .importFolder(
                                Checkout.bundledModel(),
                                MODEL,
                                options,
                                checkpoint,
                                (done, total) -> {})
                        .id();
        registry.publish(checkpoint);
        return id;
    }

    private CheckpointId publishDamaged() throws IOException {
        CheckpointId id =
                publish(
                        "damaged",
                        new ImportOptions(Optional.of(13), Optional.empty(), Optional.empty()));
        store.put(
                ObjectKeys.checkpointFile(id, CheckpointConfiguration.FILE),
                "{}".getBytes(StandardCharsets.UTF_8),
                "application/json");
        return id;
    }

    private WorkerHandle startWorker(boolean diskFull) throws IOException {
        return new WorkerHandle(servers, "worker-" + ++started, folder, MODEL.value(), diskFull);
    }

    /**
     * Waits for a job to be there, lets it happen, and sees that jobs go on.
     *
     * @param before what happens to the job that is there, or while it is there
     */
    void happen(Stage stage, Fault fault, Before before) throws IOException, InterruptedException {
        int index = random.nextInt(workers.size());
        await("a worker is ready", () -> workers.get(index).isReady());
        WorkerHandle worker = workers.get(index);
        JobId standing = hold(worker, stage);
        switch (before) {
            case NOTHING -> {}
            case CANCELLED -> canceller.cancel(standing, Canceller.Moment.HELD);
            case PROMOTED -> {
                while (client.kind(standing) != Kind.ORDINARY) {
                    worker.go();
                    standing = hold(worker, stage);
                }
                promote(worker);
            }
        }
        if (fault.interrupts()) {
            note(worker, stage == Stage.ACKNOWLEDGED ? Optional.empty() : Optional.of(standing));
        }
        strike(fault, worker);
        faults++;
        int ended = ledger.ended();
        await("jobs go on after " + fault + " at " + stage, () -> ledger.ended() > ended + 1);
    }

    /** The job that stands still there. */
    private JobId hold(WorkerHandle worker, Stage stage) throws IOException {
        worker.hold(stage);
        await(worker.name() + " is at " + stage, () -> worker.isAt(stage));
        return worker.held().orElseThrow();
    }

    /** Lets the other version serve; returns when another worker than the one given does. */
    private void promote(WorkerHandle standing) throws IOException {
        CheckpointId next = versions.get(++promotions % versions.size());
        Instant now = Instant.now();
        registry.promote(next);
        await(next + " serves", () -> ledger.hasBegunWith(next.version(), standing.name(), now));
    }

    private void note(WorkerHandle worker, Optional<JobId> standing) {
        Instant now = Instant.now();
        standing.ifPresent(job -> interrupted.add(new Interrupted(job, now, true)));
        for (JobId job : ledger.heldBy(worker.name())) {
            if (!standing.equals(Optional.of(job))) {
                interrupted.add(new Interrupted(job, now, false));
            }
        }
    }

    /** When all jobs have ended: until each that was interrupted gave another sign of itself. */
    private List<Duration> redeliveries() {
        List<Duration> redeliveries = new ArrayList<>();
        for (Interrupted each : interrupted) {
            Optional<Duration> until = ledger.untilSign(each.job(), each.since());
            if (until.isEmpty() && each.certain()) {
                throw new AssertionError(
                        each + " was never heard of again: " + ledger.of(each.job()));
            }
            until.ifPresent(redeliveries::add);
        }
        return redeliveries.stream().sorted().toList();
    }

    private void strike(Fault fault, WorkerHandle worker) throws IOException, InterruptedException {
        switch (fault) {
            case KILL -> replace(worker, false);
            case BROKER -> {
                servers.restartBroker();
                worker.go();
            }
            case STORE_REFUSES -> storeFails(FaultyLink.Mode.REFUSE, worker);
            case STORE_SLOW -> storeFails(FaultyLink.Mode.SLOW, worker);
            case STORE_CUT -> storeFails(FaultyLink.Mode.CUT, worker);
            case STORE_DISK_FULL -> {
                servers.fillStoreDisk(true);
                worker.go();
                pause(OUTAGE);
                servers.fillStoreDisk(false);
            }
            case BROKER_DISK_FULL -> {
                worker.go();
                servers.fillBrokerDisk();
            }
            case WORKER_DISK_FULL -> {
                WorkerHandle next = replace(worker, true);
                await(
                        next.name() + " cannot write its checkpoints",
                        () -> next.trouble().startsWith("cannot write"));
                next.freeDisk();
            }
            case PAUSE -> {
                worker.signal("STOP");
                pause(PAUSE);
                worker.signal("CONT");
                worker.go();
            }
        }
    }

    private WorkerHandle replace(WorkerHandle worker, boolean diskFull)
            throws IOException, InterruptedException {
        worker.kill();
        WorkerHandle next = startWorker(diskFull);
        workers.set(workers.indexOf(worker), next);
        return next;
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
    Report end(int jobs) throws IOException, InterruptedException {
        await("all workers are ready", () -> workers.stream().allMatch(WorkerHandle::isReady));
        await(jobs + " jobs are accepted", () -> client.accepted().size() >= jobs);
        client.end();
        await("all cancellations are answered", canceller::isDone);
        await("all jobs end", () -> client.open().isEmpty());
        await("nothing is locked", queue::isEmpty);
        await("all is read that was said", ledger::catchUp);
        Invariant invariant = new Invariant(ledger, store, client, canceller);
        invariant.check();
        return Report.of(faults, startedAnew, ledger, client, canceller, invariant, redeliveries());
    }

    private void await(String what, BooleanSupplier condition) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "waited for " + PATIENCE + " until " + what + "; " + describe());
            }
            tend(what);
            pause(Duration.ofMillis(20));
        }
    }

    /**
     * A worker that gives up before it was ready is started anew, as by its supervisor: a broker
     * may be away for longer than a start waits for it. One that was ready has no reason to end.
     */
    private void tend(String what) throws IOException {
        for (int i = 0; i < workers.size(); i++) {
            WorkerHandle worker = workers.get(i);
            if (!worker.isAlive()) {
                if (worker.isReady()) {
                    throw new AssertionError(
                            worker.name() + " ended until " + what + "; " + describe());
                }
                workers.set(i, startWorker(false));
                startedAnew++;
            }
        }
        if (client.failure().isPresent()) {
            throw new AssertionError("no more jobs come", client.failure().get());
        }
    }

    private String describe() {
        StringBuilder text = new StringBuilder("after " + faults + " faults:");
        text.append("\njobs accepted: ").append(client.accepted().size());
        for (JobId job : client.open()) {
            text.append("\nopen: ").append(client.kind(job)).append(' ').append(job);
            text.append(' ').append(ledger.of(job));
        }
        text.append("\nrecords that wait or are locked: ").append(queue.lag());
        text.append("\nmembers: ").append(queue.members());
        workers.forEach(worker -> text.append('\n').append(worker.describe()));
        return text.toString();
    }

    private static void pause(Duration duration) {
        try {
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        workers.forEach(WorkerHandle::end);
        canceller.close();
        ledger.close();
        publisher.close();
        registry.close();
        store.close();
        servers.close();
    }
}
