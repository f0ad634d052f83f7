package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import dev.darkroom.platform.lease.Lease;
import dev.darkroom.platform.lease.Leases;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Acts on what {@link CanaryWatch} decides: promotes a canary that has proved itself, and takes
 * back a version whose jobs fail. Any number of processes may watch; under a lease one of them
 * acts, where what was judged still stands.
 *
 * <p>Promotions are always followed, the events of jobs, which are many, only while there is a
 * version to judge.
 */
public final class CanaryGuard implements AutoCloseable {
    /**
     * @param name of this process, for people
     * @param every how often it decides; the first time after so long, too
     * @param leaseTime how long one that dies while it acts keeps the others from it
     */
    public record Settings(
            String name, CanaryWatch.Rules rules, Duration every, Duration leaseTime) {
        /** What suits a pool that serves people. */
        public static Settings usual(String name) {
            return new Settings(
                    name,
                    CanaryWatch.Rules.DEFAULT,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30));
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(CanaryGuard.class);
    private static final Duration READING = Duration.ofSeconds(5);

    private final KafkaSettings kafka;
    private final CheckpointRegistry registry;
    private final JobPublisher publisher;
    private final Settings settings;
    private final Clock clock;
    private final Leases leases;
    private final Map<ModelName, CanaryWatch> watches = new HashMap<>();
    private final AtomicBoolean started = new AtomicBoolean();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private Optional<TopicReader> promotions = Optional.empty();
    private Optional<TopicReader> jobs = Optional.empty();

    public CanaryGuard(
            KafkaSettings kafka,
            ObjectStore store,
            CheckpointRegistry registry,
            JobPublisher publisher,
            Settings settings,
            Clock clock) {
        this.kafka = kafka;
        this.registry = registry;
        this.publisher = publisher;
        this.settings = settings;
        this.clock = clock;
        this.leases = new Leases(store, settings.name(), settings.leaseTime(), System::nanoTime);
        this.thread = new Thread(this::run, "darkroom-canary");
        this.thread.setDaemon(true);
    }

    /** Returns at once. Of services that share a process each may call it: it runs once. */
    public void start() {
        if (!started.getAndSet(true)) {
            thread.start();
        }
    }

    public boolean isAlive() {
        return thread.isAlive();
    }

    private void run() {
        try {
            // Nothing is opened before: a process that makes one picture and ends needs no judge.
            while (!closing.await(settings.every().toMillis(), TimeUnit.MILLISECONDS)) {
                tryToLook();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            promotions.ifPresent(TopicReader::close);
            jobs.ifPresent(TopicReader::close);
        }
    }

    private void tryToLook() {
        try {
            if (knowsPromotions() && knowsJobs()) {
                look();
            }
        } catch (DarkroomException e) {
            LOG.warn("canaries are judged later: {}", e.reason());
        }
    }

    private boolean knowsPromotions() {
        if (promotions.isEmpty()) {
            TopicReader reader =
                    new TopicReader(
                            kafka,
                            List.of(Topics.CHECKPOINTS, Topics.CHECKPOINT_EVENTS),
                            this::follow);
            promotions = Optional.of(reader);
            reader.start();
        }
        return promotions.get().awaitCaughtUp(READING);
    }

    /** Has jobs counted while there is a version to judge; returns whether all of them are. */
    private boolean knowsJobs() {
        Instant now = clock.instant();
        Optional<Instant> needed;
        synchronized (watches) {
            needed =
                    watches.values().stream()
                            .flatMap(watch -> watch.countsSince(now).stream())
                            .min(Comparator.naturalOrder());
        }
        if (needed.isEmpty()) {
            forgetJobs();
            return true;
        }
        if (jobs.isEmpty()) {
            TopicReader reader =
                    new TopicReader(kafka, List.of(Topics.JOB_EVENTS), this::follow, needed);
            jobs = Optional.of(reader);
            reader.start();
        }
        return jobs.get().awaitCaughtUp(READING);
    }

    private void forgetJobs() {
        jobs.ifPresent(TopicReader::close);
        jobs = Optional.empty();
        synchronized (watches) {
            watches.values().forEach(CanaryWatch::forgetJobs);
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
                    case Topics.CHECKPOINTS -> {
                        Promotion promotion = Json.readTolerant(value, Promotion.class);
                        watch(promotion.model()).follow(promotion);
                    }
                    case Topics.JOB_EVENTS -> {
                        JobEvent event = Json.readTolerant(value, JobEvent.class);
                        watches.values().forEach(watch -> watch.accept(event));
                    }
                    default -> {
                        CheckpointEvent event = Json.readTolerant(value, CheckpointEvent.class);
                        watch(event.model()).accept(event);
                    }
                }
            }
        } catch (DarkroomException e) {
            LOG.debug("passed over a record of {}: {}", record.topic(), e.reason());
        }
    }

    private CanaryWatch watch(ModelName model) {
        return watches.computeIfAbsent(model, any -> new CanaryWatch(model, settings.rules()));
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
            if (!lease.isHeld()) {
                return;
            }
            Promotion judged = decision.judged().orElseThrow();
            CheckpointVersion target = decision.target().orElseThrow();
            if (decision.verdict() == CanaryWatch.Verdict.PROMOTE) {
                promote(judged, target, decision.reason());
            } else if (leadsBack(judged, target)) {
                rollBack(judged, decision.reason());
            }
        }
    }

    private void promote(Promotion judged, CheckpointVersion target, String reason) {
        Instant now = clock.instant();
        if (registry.replace(Optional.of(judged), judged.followedBy(target, now))) {
            ModelName model = judged.model();
            tell(new CheckpointEvent.CanaryEnded(model, target, now, true, reason));
            tell(new CheckpointEvent.Promoted(model, target, now, Optional.of(judged.version())));
        }
    }

    /** Who wrote a promotion by hand may have left no way back in it. */
    private static boolean leadsBack(Promotion judged, CheckpointVersion target) {
        return judged.canary().isPresent()
                ? judged.version().equals(target)
                : judged.history().stream().limit(1).anyMatch(target::equals);
    }

    private void rollBack(Promotion judged, String reason) {
        registry.rollBack(judged)
                .ifPresent(
                        back ->
                                tell(
                                        judged.canary()
                                                .<CheckpointEvent>map(
                                                        canary ->
                                                                new CheckpointEvent.CanaryEnded(
                                                                        back.model(),
                                                                        canary.version(),
                                                                        back.promotedAt(),
                                                                        false,
                                                                        reason))
                                                .orElseGet(
                                                        () ->
                                                                new CheckpointEvent.RolledBack(
                                                                        back.model(),
                                                                        back.version(),
                                                                        back.promotedAt(),
                                                                        judged.version(),
                                                                        reason))));
    }

    private void tell(CheckpointEvent event) {
        LOG.info("{} {}", event.checkpoint(), event.type());
        publisher.publish(event);
    }

    /** Returns when it has ended, or after a few seconds. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(READING.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
