package dev.darkroom.trainer.service;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.lease.Lease;
import dev.darkroom.platform.lease.Leases;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One trainer: takes requests one after the other, each under the lease of its model, so that of
 * any number of trainers one works on a model and the next goes on where it ended.
 */
public final class Trainer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);
    private static final Duration IDLE = Duration.ofSeconds(60);
    private static final Duration READING = Duration.ofSeconds(10);
    private static final int LOOKS_PER_LIFE = 4;

    private final Surroundings surroundings;
    private final TrainerOptions options;
    private final FineTuning fineTuning;
    private final Clock clock;
    private final Leases leases;
    private final DataWatch watch;
    private final OpenRequests requests;
    private final TopicReader reader;
    private final Thread thread;
    private final Map<TrainingId, Long> notBefore = new HashMap<>();
    private final Set<ObjectKey> owed = new HashSet<>();
    private volatile boolean closing;
    private volatile Optional<Lease> held = Optional.empty();
    private Optional<OwnFolder> folder = Optional.empty();
    private long nextLook = System.nanoTime();

    public Trainer(
            Surroundings surroundings, TrainerOptions options, FineTuning fineTuning, Clock clock) {
        this.surroundings = surroundings;
        this.options = options;
        this.fineTuning = fineTuning;
        this.clock = clock;
        this.leases = surroundings.leases(options);
        this.requests = new OpenRequests(options::trains);
        this.watch = new DataWatch(surroundings.store(), surroundings.publisher(), requests);
        this.reader = new TopicReader(surroundings.kafka(), List.of(Topics.TRAINING), requests);
        this.thread = new Thread(this::work, "darkroom-trainer");
        this.thread.setDaemon(true);
    }

    /** Returns at once. */
    public void start() {
        reader.start();
        thread.start();
    }

    public boolean isAlive() {
        return thread.isAlive();
    }

    private void work() {
        while (!closing) {
            boolean worked = false;
            try {
                TrainingAttempts.takeBack(surroundings.store(), owed);
                lookForData();
                for (List<TrainingRequest> waiting : requests.byModel().values()) {
                    worked |= !closing && workOn(waiting);
                }
            } catch (RuntimeException | Error e) {
                LOG.warn("{} goes on after: {}", options.name(), DarkroomException.of(e), e);
            }
            if (!worked) {
                pause();
            }
        }
        leaveFolder();
    }

    /** Its own until its thread ends, however long that goes on after it was told to. */
    private Path folder() {
        try {
            OwnFolder own = folder.isPresent() ? folder.get() : OwnFolder.in(options.work());
            folder = Optional.of(own);
            return own.path();
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED,
                    "cannot write in " + options.work() + ": " + e,
                    e);
        }
    }

    private void leaveFolder() {
        try {
            if (folder.isPresent()) {
                folder.get().close();
            }
        } catch (IOException e) {
            LOG.debug("the lock ends with the process", e);
        }
    }

    private void lookForData() {
        if (options.every().isEmpty() || System.nanoTime() - nextLook < 0) {
            return;
        }
        if (!reader.awaitCaughtUp(READING)) {
            LOG.warn(
                    "{} cannot read {} now: it looks for data later",
                    options.name(),
                    Topics.TRAINING);
            return;
        }
        nextLook = System.nanoTime() + options.every().get().toNanos();
        for (TrainerOptions.Scheduled scheduled : options.schedule()) {
            watch.look(scheduled);
        }
    }

    /** Works on the first of a model's requests that is due; returns whether it got anywhere. */
    private boolean workOn(List<TrainingRequest> waiting) {
        Optional<TrainingRequest> due = waiting.stream().filter(this::isDue).findFirst();
        if (due.isEmpty()) {
            return false;
        }
        TrainingRequest request = due.get();
        ModelName model = request.model();
        if (TrainingRun.isOver(surroundings.store(), request)) {
            requests.done(request);
            return true;
        }
        Optional<Lease> taken = leases.tryAcquire(ObjectKeys.trainingLease(model));
        if (taken.isEmpty()) {
            return false;
        }
        try (Lease lease = taken.get()) {
            held = taken;
            boolean ended =
                    new TrainingRun(
                                    surroundings,
                                    options,
                                    fineTuning,
                                    clock,
                                    folder(),
                                    request,
                                    lease,
                                    owed,
                                    () -> closing)
                            .work()
                            .isPresent();
            if (ended) {
                requests.done(request);
            }
            return ended;
        } catch (RuntimeException | Error e) {
            DarkroomException why = DarkroomException.of(e);
            if (why.code() != ErrorCode.LOCK_LOST) {
                notBefore.put(request.id(), System.nanoTime() + options.retry().toNanos());
            }
            LOG.warn("training {} is interrupted: {}", request.id(), why.reason(), e);
            return false;
        } finally {
            held = Optional.empty();
        }
    }

    private boolean isDue(TrainingRequest request) {
        Long time = notBefore.get(request.id());
        return time == null || System.nanoTime() - time >= 0;
    }

    /** With nothing to do it is woken by the topic alone, but for the schedule. */
    private void pause() {
        long millis =
                requests.byModel().isEmpty()
                        ? IDLE.toMillis()
                        : options.timeToLive().toMillis() / LOOKS_PER_LIFE;
        if (options.every().isPresent()) {
            millis = Math.min(millis, (nextLook - System.nanoTime()) / 1_000_000);
        }
        try {
            requests.await(millis);
        } catch (InterruptedException e) {
            closing = true;
            Thread.currentThread().interrupt();
        }
    }

    /** Ends as a process that is killed does: nothing is saved, told or let go of. */
    void die() {
        closing = true;
        held.ifPresent(Lease::abandon);
        reader.close();
    }

    /**
     * Asks a training that runs to save and stop, waits for it, and lets go of its model; the
     * thread is left to itself where that takes longer than the time to live.
     */
    @Override
    public void close() {
        closing = true;
        requests.wake();
        reader.close();
        try {
            thread.join(options.timeToLive().toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
