package dev.darkroom.trainer.service;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import dev.darkroom.platform.lease.Lease;
import dev.darkroom.platform.lease.Leases;
import dev.darkroom.platform.registry.CanaryWatch;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Acts on what {@link CanaryWatch} decides: promotes a canary that has proved itself, and takes
 * back a version whose jobs fail. Any number of trainers may watch; under a lease one of them acts,
 * on what stands then.
 */
public final class CanaryGuard implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CanaryGuard.class);
    private static final Duration READING = Duration.ofSeconds(30);

    private final Surroundings surroundings;
    private final CanaryWatch.Rules rules;
    private final Duration every;
    private final Clock clock;
    private final Leases leases;
    private final Map<ModelName, CanaryWatch> watches = new HashMap<>();
    private final TopicReader reader;
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);

    /**
     * @param every how often it decides
     */
    public CanaryGuard(
            Surroundings surroundings,
            TrainerOptions options,
            CanaryWatch.Rules rules,
            Duration every,
            Clock clock) {
        this.surroundings = surroundings;
        this.rules = rules;
        this.every = every;
        this.clock = clock;
        this.leases = surroundings.leases(options);
        this.reader =
                new TopicReader(
                        surroundings.kafka(),
                        List.of(Topics.CHECKPOINTS, Topics.JOB_EVENTS, Topics.CHECKPOINT_EVENTS),
                        this::follow);
        this.thread = new Thread(this::run, "darkroom-canary");
        this.thread.setDaemon(true);
    }

    /** Returns at once. */
    public void start() {
        // Of several topics a reader may read the jobs' first: they need somewhere to be counted.
        // The promotions themselves come in their order, from the topic: only so does a version
        // that
        // was promoted before this start count as new to what served before it.
        synchronized (watches) {
            surroundings
                    .registry()
                    .promotions()
                    .forEach(
                            promotion ->
                                    watches.computeIfAbsent(
                                            promotion.model(),
                                            model -> new CanaryWatch(model, rules)));
        }
        reader.start();
        thread.start();
    }

    private void promoted(Promotion promotion) {
        synchronized (watches) {
            watches.computeIfAbsent(promotion.model(), model -> new CanaryWatch(model, rules))
                    .follow(promotion);
        }
    }

    private void follow(TopicRecord record) {
        if (record.value().isEmpty()) {
            return;
        }
        try {
            byte[] value = record.value().get();
            synchronized (watches) {
                switch (record.topic()) {
                    case Topics.CHECKPOINTS -> promoted(Json.readTolerant(value, Promotion.class));
                    case Topics.JOB_EVENTS -> {
                        JobEvent event = Json.readTolerant(value, JobEvent.class);
                        watches.values().forEach(watch -> watch.accept(event));
                    }
                    default -> {
                        CheckpointEvent event = Json.readTolerant(value, CheckpointEvent.class);
                        watches.values().forEach(watch -> watch.accept(event));
                    }
                }
            }
        } catch (DarkroomException e) {
            LOG.debug("passed over a record of {}: {}", record.topic(), e.reason());
        }
    }

    private void run() {
        try {
            while (!reader.awaitCaughtUp(READING)) {
                if (closing.getCount() == 0) {
                    return;
                }
            }
            while (!closing.await(every.toMillis(), TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        Map<ModelName, CanaryWatch.Decision> decisions = new HashMap<>();
        synchronized (watches) {
            watches.forEach((model, watch) -> decisions.put(model, watch.decide(clock.instant())));
        }
        decisions.forEach(
                (model, decision) -> {
                    try {
                        if (decision.verdict() != CanaryWatch.Verdict.WAIT) {
                            act(model, decision);
                        }
                    } catch (DarkroomException e) {
                        LOG.warn("{}: {} is tried again: {}", model, decision, e.reason());
                    }
                });
    }

    private void act(ModelName model, CanaryWatch.Decision decision) {
        Optional<Lease> taken = leases.tryAcquire(ObjectKeys.canaryLease(model));
        if (taken.isEmpty()) {
            return;
        }
        try (Lease lease = taken.get()) {
            CheckpointVersion target = decision.target().orElseThrow();
            Optional<Promotion> standing = surroundings.registry().latestPromotion(model);
            if (standing.isEmpty() || !lease.isHeld()) {
                return;
            }
            Optional<CheckpointVersion> canary =
                    standing.get().canary().map(Promotion.Canary::version);
            if (decision.verdict() == CanaryWatch.Verdict.PROMOTE) {
                if (canary.equals(Optional.of(target))) {
                    promote(model, target, standing.get(), decision.reason());
                }
            } else if (canary.isPresent() && standing.get().version().equals(target)) {
                surroundings.registry().rollBack(model);
                tell(
                        new CheckpointEvent.CanaryEnded(
                                model, canary.get(), clock.instant(), false, decision.reason()));
            } else if (canary.isEmpty()
                    && standing.get().history().stream().limit(1).anyMatch(target::equals)) {
                surroundings.registry().rollBack(model);
                tell(
                        new CheckpointEvent.RolledBack(
                                model,
                                target,
                                clock.instant(),
                                standing.get().version(),
                                decision.reason()));
            }
        }
    }

    private void promote(
            ModelName model, CheckpointVersion target, Promotion standing, String reason) {
        surroundings.registry().promote(new CheckpointId(model, target));
        tell(new CheckpointEvent.CanaryEnded(model, target, clock.instant(), true, reason));
        tell(
                new CheckpointEvent.Promoted(
                        model, target, clock.instant(), Optional.of(standing.version())));
    }

    private void tell(CheckpointEvent event) {
        LOG.info("{} {}", event.checkpoint(), event.type());
        surroundings.publisher().publish(event);
    }

    @Override
    public void close() {
        closing.countDown();
        reader.close();
    }
}
