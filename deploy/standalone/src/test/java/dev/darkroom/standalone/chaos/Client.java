package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.job.Deadline;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.platform.kafka.JobPublisher;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Keeps some jobs of every {@link Kind} in the pool, from its start until it is ended. */
final class Client {
    private static final CheckpointVersion UNKNOWN = new CheckpointVersion("ffffffffffff");
    private static final List<SamplerName> SAMPLERS = List.of(SamplerName.values());
    private static final List<Priority> PRIORITIES = List.of(Priority.values());
    private static final List<TenantName> TENANTS =
            List.of(TenantName.DEFAULT, new TenantName("acme"), new TenantName("zenith"));

    /** Most have one picture. */
    private static final List<Integer> COUNTS = List.of(1, 1, 1, 2, 3);

    private static final int OPEN_JOBS = 8;
    private static final int STEPS = 12;
    private static final int HURRY_MILLIS = 3000;

    private final ModelName model;
    private final CheckpointVersion damaged;
    private final JobPublisher publisher;
    private final Canceller canceller;
    private final Ledger ledger;
    private final Random random;
    private final Deque<Kind> next = new ArrayDeque<>();
    private final Map<JobId, Kind> kinds = new ConcurrentHashMap<>();
    private final List<JobId> accepted = new CopyOnWriteArrayList<>();
    private final List<JobId> uncertain = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::submit, "client");
    private volatile Optional<Throwable> failure = Optional.empty();
    private volatile boolean over;

    /**
     * @param damaged a version that no worker can serve
     */
    Client(
            ModelName model,
            CheckpointVersion damaged,
            JobPublisher publisher,
            Canceller canceller,
            Ledger ledger,
            long seed) {
        this.model = model;
        this.damaged = damaged;
        this.publisher = publisher;
        this.canceller = canceller;
        this.ledger = ledger;
        this.random = new Random(seed);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((any, e) -> failure = Optional.of(e));
    }

    void start() {
        thread.start();
    }

    /** Returns when no more jobs come. */
    void end() throws InterruptedException {
        over = true;
        thread.join();
    }

    /** What ended it before its time. */
    Optional<Throwable> failure() {
        return failure;
    }

    /** Jobs that the broker has. */
    List<JobId> accepted() {
        return accepted;
    }

    /** Jobs of which the broker did not say whether it has them. */
    List<JobId> uncertain() {
        return uncertain;
    }

    Kind kind(JobId job) {
        return kinds.getOrDefault(job, Kind.ORDINARY);
    }

    List<JobId> open() {
        return accepted.stream().filter(job -> !ledger.hasEnded(job)).toList();
    }

    private void submit() {
        while (!over) {
            if (open().size() >= OPEN_JOBS) {
                pause();
                continue;
            }
            Kind kind = nextKind();
            GenerationJob job = job(kind);
            kinds.put(job.id(), kind);
            try {
                publisher.submit(job, Optional.empty());
            } catch (DarkroomException e) {
                uncertain.add(job.id());
                continue;
            }
            accepted.add(job.id());
            if (kind == Kind.UNWANTED || kind == Kind.STOPPED) {
                canceller.ask(job.id(), kind);
            }
        }
    }

    private Kind nextKind() {
        if (next.isEmpty()) {
            List<Kind> mixture = Kind.mixture();
            Collections.shuffle(mixture, random);
            next.addAll(mixture);
        }
        return next.remove();
    }

    private GenerationJob job(Kind kind) {
        return new GenerationJob(
                kind.newId(random),
                TENANTS.get(random.nextInt(TENANTS.size())),
                "a red sneaker",
                "",
                model,
                version(kind),
                32,
                32,
                STEPS,
                SAMPLERS.get(random.nextInt(SAMPLERS.size())),
                2,
                random.nextInt(1000),
                COUNTS.get(random.nextInt(COUNTS.size())),
                PRIORITIES.get(random.nextInt(PRIORITIES.size())),
                deadline(kind));
    }

    private Optional<CheckpointVersion> version(Kind kind) {
        return switch (kind) {
            case IMPOSSIBLE -> Optional.of(UNKNOWN);
            case DAMAGED -> Optional.of(damaged);
            case ORDINARY, FALTERING, UNWANTED, STOPPED, LATE, HURRIED -> Optional.empty();
        };
    }

    private Optional<Deadline> deadline(Kind kind) {
        Instant now = Instant.now();
        return switch (kind) {
            case LATE -> Optional.of(new Deadline(now));
            case HURRIED -> Optional.of(new Deadline(now.plusMillis(random.nextInt(HURRY_MILLIS))));
            case ORDINARY, FALTERING, IMPOSSIBLE, DAMAGED, UNWANTED, STOPPED -> Optional.empty();
        };
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
