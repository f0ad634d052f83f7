package dev.darkroom.worker.model;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.life.Pulse;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the promotions of the models that this worker serves, in a thread of its own that gives
 * way to jobs: loads what they name beside what serves, lets it make a picture, and then exchanges
 * one reference.
 *
 * <p>A checkpoint that cannot be loaded or makes no picture is refused: an event says why, jobs go
 * on with the version that they have, and it is not tried again before the promotion changes. Where
 * jobs have none, as when a worker starts, the versions that served before are tried, the latest
 * first. What passes by itself (broker, store, memory, disk) is tried again with growing waits. Two
 * leases are held meanwhile, on the old so that the new does not crowd it out and on the new until
 * jobs can reach it. The new one needs no room, which only the old one's going may make; the first
 * of a model waits for it as any job does.
 */
public final class Swapper implements AutoCloseable {
    /** Where a worker tells what happens to checkpoints; throws where nobody listens now. */
    @FunctionalInterface
    public interface Teller {
        void tell(CheckpointEvent event);
    }

    /**
     * @param worker its name in events
     * @param waits after so many failures in a row, from 1
     */
    public record Settings(String worker, Clock clock, IntFunction<Duration> waits) {}

    /**
     * @param reason of the first that was refused
     * @param broken what was tried for this promotion and refused
     */
    private record Refusal(
            Promotion promotion, DarkroomException reason, Set<CheckpointVersion> broken) {}

    private static final Logger LOG = LoggerFactory.getLogger(Swapper.class);

    private final Checkpoints checkpoints;
    private final ModelPool pool;
    private final ServedModels served;
    private final Settings settings;
    private final Announcements announcements;
    private final BlockingQueue<ModelName> due = new LinkedBlockingQueue<>();
    private final Map<ModelName, Refusal> refusals = new ConcurrentHashMap<>();
    // Who brings a model in; also the lock on it.
    private final Map<ModelName, Pulse> bringing = new HashMap<>();
    private final Set<Cancellation> ownLoads = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private boolean isBackground;

    public Swapper(Checkpoints checkpoints, ModelPool pool, Teller teller, Settings settings) {
        this.checkpoints = checkpoints;
        this.pool = pool;
        this.served = new ServedModels(checkpoints, pool, this::bring);
        this.settings = settings;
        this.announcements = new Announcements(teller);
        this.thread = new Thread(this::run, settings.worker() + "-swap");
        thread.setDaemon(true);
    }

    /** What jobs begin with. */
    public ServedModels served() {
        return served;
    }

    public void start() {
        thread.start();
    }

    /** The promotion of a model may have changed; returns at once. */
    public void look(ModelName model) {
        due.add(model);
    }

    private void run() {
        int failures = 0;
        try {
            while (true) {
                boolean settled = true;
                for (ModelName model : awaitDue(failures)) {
                    stepBack();
                    settled &= served.serving(model).isEmpty() || succeeds(model);
                }
                failures = announcements.flush() && settled ? 0 : failures + 1;
            }
        } catch (InterruptedException e) {
            LOG.debug("stopped");
        }
    }

    /** Where something has failed also what is due again, after a while. */
    private List<ModelName> awaitDue(int failures) throws InterruptedException {
        List<ModelName> models = new ArrayList<>();
        if (failures == 0) {
            models.add(due.take());
        } else {
            Duration wait = settings.waits().apply(failures);
            Optional.ofNullable(due.poll(wait.toMillis(), TimeUnit.MILLISECONDS))
                    .ifPresent(models::add);
            models.addAll(served.models());
        }
        due.drainTo(models);
        return models.stream().distinct().toList();
    }

    /**
     * A load beside running jobs must not take their time. Not before one model is there: with it
     * TensorFlow starts the threads that all models share.
     */
    private void stepBack() {
        if (!isBackground && !pool.loaded().isEmpty()) {
            Background.enter();
            isBackground = true;
        }
    }

    private boolean succeeds(ModelName model) {
        try {
            bring(model);
            return true;
        } catch (RuntimeException | Error e) {
            LOG.warn("cannot follow the promotion of {} yet, tries again", model, e);
            return false;
        }
    }

    /**
     * Makes the model's jobs begin with what its promotion names; returns when they do, or when
     * that was refused and others serve. Does nothing where no checkpoint is promoted.
     *
     * @throws DarkroomException where that cannot be done now, or where it was refused and nothing
     *     serves the model
     */
    public void bring(ModelName model) {
        Cancellation own = new Cancellation();
        ownLoads.add(own);
        try {
            bring(model, own);
        } finally {
            ownLoads.remove(own);
        }
    }

    /** What is being brought in for no job: its silence is for the worker to see. */
    public Set<Cancellation> ownLoads() {
        return Set.copyOf(ownLoads);
    }

    private void bring(ModelName model, Cancellation cancellation) {
        awaitTurn(model, cancellation);
        try {
            bringAlone(model, cancellation);
        } finally {
            synchronized (bringing) {
                bringing.remove(model);
                bringing.notifyAll();
            }
        }
    }

    /** One at a time brings a model in. */
    private void awaitTurn(ModelName model, Cancellation cancellation) {
        synchronized (bringing) {
            Pulse other = bringing.putIfAbsent(model, cancellation.pulse());
            while (other != null) {
                cancellation.waitOn(bringing, !other.isLost());
                other = bringing.putIfAbsent(model, cancellation.pulse());
            }
        }
    }

    private void bringAlone(ModelName model, Cancellation cancellation) {
        Optional<Promotion> wanted = checkpoints.promotion(model);
        Optional<Promotion> now = served.serving(model);
        if (wanted.isEmpty()) {
            served.withdraw(model);
            refusals.remove(model);
            return;
        }
        if (!isRefused(wanted.get())) {
            if (!wanted.equals(now)) {
                follow(wanted.get(), now, cancellation);
            }
        } else if (now.isEmpty()) {
            fallBack(wanted.get(), cancellation);
        }
    }

    private boolean isRefused(Promotion promotion) {
        Refusal refusal = refusals.get(promotion.model());
        return refusal != null && refusal.promotion().equals(promotion);
    }

    private void follow(Promotion wanted, Optional<Promotion> now, Cancellation cancellation) {
        Pulse holder = cancellation.pulse();
        List<ModelPool.Lease> held = new ArrayList<>();
        try {
            now.ifPresent(
                    before -> {
                        pool.leaseIfLoaded(before.id(), holder).ifPresent(held::add);
                        before.canaryId()
                                .flatMap(trial -> pool.leaseIfLoaded(trial, holder))
                                .ifPresent(held::add);
                    });
            Optional<CheckpointVersion> version = now.map(Promotion::version);
            Optional<CheckpointId> canary = wanted.canaryId();
            boolean canaryThere =
                    canary.isEmpty() || canary.equals(now.flatMap(Promotion::canaryId));
            Promotion alone = wanted.withoutCanary(wanted.promotedAt());
            Promotion first = canaryThere ? wanted : alone;
            if (version.equals(Optional.of(wanted.version()))) {
                served.swap(first);
            } else {
                swap(wanted, wanted.id(), first, version, held, cancellation);
            }
            if (!canaryThere) {
                swap(wanted, canary.orElseThrow(), wanted, Optional.empty(), held, cancellation);
            }
        } catch (DarkroomException e) {
            if (!isRefused(wanted)) {
                throw e;
            }
            if (served.serving(wanted.model()).isEmpty()) {
                fallBack(wanted, cancellation);
            }
        } finally {
            held.forEach(ModelPool.Lease::close);
        }
    }

    /**
     * The way back to a version that works; the promotion stands, and is tried when it changes.
     *
     * @throws DarkroomException why the promoted version was refused, where there is none
     */
    private void fallBack(Promotion wanted, Cancellation cancellation) {
        Refusal refusal = Objects.requireNonNull(refusals.get(wanted.model()));
        Promotion before =
                wanted.withoutCanary(wanted.promotedAt())
                        .rolledBack(version -> isWorthTrying(refusal, version), wanted.promotedAt())
                        .orElseThrow(refusal::reason);
        List<ModelPool.Lease> held = new ArrayList<>();
        try {
            swap(wanted, before.id(), before, Optional.empty(), held, cancellation);
            LOG.warn("{} serves in place of {}", before.id(), wanted.id());
        } catch (DarkroomException e) {
            if (!isRefusal(e)) {
                throw e;
            }
            fallBack(wanted, cancellation);
        } finally {
            held.forEach(ModelPool.Lease::close);
        }
    }

    private boolean isWorthTrying(Refusal refusal, CheckpointVersion version) {
        return !refusal.broken().contains(version)
                && checkpoints.isPublished(new CheckpointId(refusal.promotion().model(), version));
    }

    /**
     * @param wanted what was asked for
     * @param checkpoint the part of it that is to be brought in
     * @param then what serves when it is there
     */
    private void swap(
            Promotion wanted,
            CheckpointId checkpoint,
            Promotion then,
            Optional<CheckpointVersion> previous,
            List<ModelPool.Lease> held,
            Cancellation cancellation) {
        boolean beside = served.serving(wanted.model()).isPresent();
        long begin = System.nanoTime();
        try {
            held.add(
                    beside
                            ? pool.leaseBeside(checkpoint, cancellation)
                            : pool.lease(checkpoint, cancellation));
        } catch (RuntimeException | Error e) {
            DarkroomException reason = DarkroomException.of(e);
            if (isRefusal(reason)) {
                refuse(wanted, checkpoint, reason);
            }
            throw reason;
        }
        served.swap(then);
        refusals.computeIfPresent(
                wanted.model(),
                (model, refusal) -> refusal.promotion().equals(wanted) ? refusal : null);
        long milliseconds = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        LOG.info("{} serves, brought in within {} ms", checkpoint, milliseconds);
        announcements.add(
                new CheckpointEvent.Swapped(
                        checkpoint.model(),
                        checkpoint.version(),
                        settings.clock().instant(),
                        settings.worker(),
                        previous,
                        milliseconds));
        look(wanted.model());
    }

    /** Whether what a load failed of is true of the checkpoint, not of this machine or moment. */
    public static boolean isRefusal(DarkroomException reason) {
        return reason.code().disposition() != Disposition.TRANSIENT
                && reason.code() != ErrorCode.MISCONFIGURED;
    }

    private void refuse(Promotion wanted, CheckpointId checkpoint, DarkroomException reason) {
        Optional<Refusal> known =
                Optional.ofNullable(refusals.get(wanted.model()))
                        .filter(before -> before.promotion().equals(wanted));
        Set<CheckpointVersion> broken = new HashSet<>(known.map(Refusal::broken).orElse(Set.of()));
        broken.add(checkpoint.version());
        refusals.put(
                wanted.model(),
                new Refusal(wanted, known.map(Refusal::reason).orElse(reason), broken));
        LOG.error("{} is refused", checkpoint, reason);
        announcements.add(
                new CheckpointEvent.Refused(
                        checkpoint.model(),
                        checkpoint.version(),
                        settings.clock().instant(),
                        settings.worker(),
                        reason.code(),
                        reason.reason(),
                        Optional.of(wanted.promotedAt())));
        look(wanted.model());
    }

    /** Returns at once: a load under way ends by itself. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
