package dev.darkroom.trainer.service;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.TrainingEvent;
import dev.darkroom.contract.training.TrainingOutcome;
import dev.darkroom.contract.training.TrainingProgress;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.lease.Lease;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.trainer.data.DataListing;
import dev.darkroom.trainer.data.DatasetMirror;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request, worked on under the lease of its model until it has an outcome or must stop. */
final class TrainingRun {
    private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);
    private static final String PLAN_FILE = "order.json";
    private static final String PICTURES = "pictures";
    private static final Duration BETWEEN_EVENTS = Duration.ofSeconds(1);

    private final Surroundings surroundings;
    private final TrainerOptions options;
    private final FineTuning fineTuning;
    private final Clock clock;
    private final Path own;
    private final TrainingRequest request;
    private final Lease lease;
    private final BooleanSupplier stopping;
    private final RunMirror mirror;
    private final TrainingAttempts attempts;

    /**
     * @param own folder in which nobody else writes
     * @param owed attempts that could not be taken back yet
     */
    TrainingRun(
            Surroundings surroundings,
            TrainerOptions options,
            FineTuning fineTuning,
            Clock clock,
            Path own,
            TrainingRequest request,
            Lease lease,
            Set<ObjectKey> owed,
            BooleanSupplier stopping) {
        this.surroundings = surroundings;
        this.options = options;
        this.fineTuning = fineTuning;
        this.clock = clock;
        this.own = own;
        this.request = request;
        this.lease = lease;
        this.stopping = stopping;
        this.mirror = new RunMirror(surroundings.store(), request, lease);
        this.attempts = new TrainingAttempts(surroundings.store(), request, lease.epoch(), owed);
    }

    /** What the run decided at its beginning and holds to ever after. */
    record Plan(
            TrainingRequest request, CheckpointId parent, DataListing data, Instant startedAt) {}

    /**
     * Whether a request has an outcome that everybody was told of. Attempts are counted from the
     * beginning and forgotten after the telling: where they are left beside an outcome, its trainer
     * may have died before it told.
     */
    static boolean isOver(ObjectStore store, TrainingRequest request) {
        return hasOutcome(store, request) && !TrainingAttempts.areLeft(store, request);
    }

    static boolean hasOutcome(ObjectStore store, TrainingRequest request) {
        return store.size(outcome(request)).isPresent();
    }

    private static ObjectKey outcome(TrainingRequest request) {
        return ObjectKeys.trainingOutcome(request.model(), request.id());
    }

    /**
     * Works on the request.
     *
     * @return its outcome, also where it had one already; nothing where it is to be gone on with
     * @throws DarkroomException of TRANSIENT where it is to be tried again later
     */
    Optional<TrainingOutcome> work() {
        Optional<TrainingOutcome> before = found();
        if (before.isPresent()) {
            tell(before.get());
            discard();
            return before;
        }
        Optional<TrainingOutcome> outcome;
        try {
            countAttempt();
            outcome = run();
        } catch (IOException e) {
            throw new DarkroomException(ErrorCode.RESOURCE_EXHAUSTED, "cannot write in " + own, e);
        } catch (DarkroomException e) {
            if (e.code().disposition() == Disposition.TRANSIENT
                    || e.code() == ErrorCode.MISCONFIGURED) {
                if (e.code() != ErrorCode.RESOURCE_EXHAUSTED) {
                    attempts.giveBack();
                }
                interrupted(e.code() == ErrorCode.LOCK_LOST, e.reason());
                throw e;
            }
            outcome = Optional.of(failed(e));
        }
        outcome.ifPresent(
                ended -> {
                    tell(settle(ended));
                    discard();
                });
        return outcome;
    }

    private Optional<TrainingOutcome> found() {
        return surroundings
                .store()
                .find(outcome(request))
                .map(json -> Json.readTolerant(json, TrainingOutcome.class));
    }

    private Path folder() {
        return own.resolve(request.model() + "-" + request.id());
    }

    /** What lies on this machine is of no use once the outcome is told. */
    private void discard() {
        try {
            Folders.remove(folder());
        } catch (IOException e) {
            LOG.warn("{} cannot be removed", folder(), e);
        }
    }

    private Optional<TrainingOutcome> run() throws IOException {
        Path folder = folder();
        Path run = folder.resolve("run");
        Path scratch = folder.resolve("publish");
        Optional<Long> save = mirror.restore(run);
        Plan plan = plan(run);
        DatasetMirror pictures =
                new DatasetMirror(surroundings.store(), plan.data(), own.resolve(PICTURES));
        Optional<ObjectKey> changed = pictures.fetch();
        if (changed.isPresent()) {
            throw planAnew(changed.get());
        }
        surroundings
                .publisher()
                .publish(
                        new TrainingEvent.Started(
                                request.id(),
                                request.model(),
                                clock.instant(),
                                options.name(),
                                plan.parent().version(),
                                save));
        LOG.info(
                "{} of {} from {}",
                request.id(),
                plan.parent(),
                save.map(Object::toString).orElse("nothing"));
        Path parent = surroundings.registry().fetch(plan.parent(), options.cache());
        surroundings
                .registry()
                .tidy(request.model(), Set.of(plan.parent().version()), options.cache());
        FineTuneOrder order =
                new FineTuneOrder(
                        request, plan.parent(), parent, plan.data(), pictures.files(), own);
        Optional<FineTuneResult> result = fineTuning.run(order, run, new Watcher(run));
        if (result.isEmpty()) {
            attempts.giveBack();
            interrupted(!lease.isHeld(), "the trainer is stopping");
            return Optional.empty();
        }
        Folders.remove(scratch);
        Files.createDirectories(scratch);
        TrainingOutcome outcome =
                new RunEnding(surroundings, options, clock)
                        .end(order, result.get(), plan.startedAt(), scratch, lease);
        surroundings
                .store()
                .put(
                        ObjectKeys.trainedData(request.model(), request.dataset()),
                        Json.write(new TrainedData(plan.data().fingerprint(), request.id())),
                        "application/json");
        return Optional.of(outcome);
    }

    /** Decided once, so that whoever goes on does the same thing. */
    private Plan plan(Path run) throws IOException {
        Path file = run.resolve(PLAN_FILE);
        if (Files.exists(file)) {
            return Json.readTolerant(Files.readAllBytes(file), Plan.class);
        }
        CheckpointId parent =
                surroundings
                        .registry()
                        .latestPromotion(request.model())
                        .map(Promotion::id)
                        .orElseThrow(
                                () ->
                                        new DarkroomException(
                                                ErrorCode.UNKNOWN_MODEL,
                                                "no checkpoint serves "
                                                        + request.model()
                                                        + ": there is nothing to fine-tune"));
        DataListing data = DataListing.of(surroundings.store(), request.dataset());
        if (data.objects().isEmpty()) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    "data set "
                            + request.dataset()
                            + " is empty: nothing lies under "
                            + ObjectKeys.dataset(request.dataset())
                            + " in the bucket");
        }
        surroundings.registry().hold(parent, request.id());
        Plan plan = new Plan(request, parent, data, clock.instant());
        Files.write(file, Json.write(plan));
        mirror.save(run);
        return plan;
    }

    /**
     * Data of which a part is gone cannot be gone on with: pictures that were learned would be held
     * out now, and nobody could say what the checkpoint was trained on.
     */
    private DarkroomException planAnew(ObjectKey changed) {
        lease.requireHeld();
        mirror.clear();
        surroundings.registry().release(request.model(), request.id());
        discard();
        return new DarkroomException(
                ErrorCode.STORE_UNAVAILABLE,
                changed
                        + " is gone or has changed since the training began, and is not on this"
                        + " machine: it begins anew with what the data set is now");
    }

    private void countAttempt() {
        int before = attempts.begin();
        if (before >= options.maxAttempts()) {
            throw new DarkroomException(
                    ErrorCode.ATTEMPTS_EXHAUSTED,
                    "begun " + before + " times without getting to another save");
        }
    }

    private TrainingOutcome failed(DarkroomException failure) {
        LOG.warn("training {} failed: {}", request.id(), failure.reason(), failure);
        return new TrainingOutcome(
                request.id(),
                request.model(),
                TrainingOutcome.Result.FAILED,
                Optional.empty(),
                List.of(failure.reason()),
                Optional.of(failure.code()),
                clock.instant());
    }

    /** Of the outcome, as of a job's manifest, there is one: the one that lies there. */
    private TrainingOutcome settle(TrainingOutcome outcome) {
        try {
            lease.requireHeld();
        } catch (DarkroomException e) {
            attempts.giveBack();
            throw e;
        }
        surroundings
                .store()
                .putIfAbsent(outcome(request), Json.writePretty(outcome), "application/json");
        return found().orElse(outcome);
    }

    /** May be done again by another, in the same words. */
    private void tell(TrainingOutcome outcome) {
        surroundings
                .publisher()
                .publish(
                        new TrainingEvent.Finished(
                                request.id(), request.model(), outcome.at(), outcome));
        mirror.clear();
        surroundings.registry().release(request.model(), request.id());
        surroundings.store().delete(RunEnding.followed(request));
        // Last: see isOver.
        attempts.clear();
        LOG.info("training {}: {} {}", request.id(), outcome.result(), outcome.reasons());
    }

    private void interrupted(boolean lost, String reason) {
        if (!lost) {
            surroundings
                    .publisher()
                    .publishLossy(
                            new TrainingEvent.Interrupted(
                                    request.id(),
                                    request.model(),
                                    clock.instant(),
                                    options.name(),
                                    reason));
        }
    }

    /** Passes on to the pool what the training says. */
    private final class Watcher implements FineTuning.Observer {
        private final Path run;
        private Instant lastTold = Instant.EPOCH;

        Watcher(Path run) {
            this.run = run;
        }

        @Override
        public void progressed(TrainingProgress progress) {
            Instant now = clock.instant();
            if (lastTold.plus(BETWEEN_EVENTS).isAfter(now)
                    && (progress.steps() == 0 || progress.step() < progress.steps())) {
                return;
            }
            lastTold = now;
            surroundings
                    .publisher()
                    .publishLossy(
                            new TrainingEvent.Progressed(
                                    request.id(), request.model(), now, progress));
        }

        @Override
        public void saved() {
            mirror.save(run);
            attempts.saved();
        }

        @Override
        public boolean isStopping() {
            return stopping.getAsBoolean() || !lease.isHeld();
        }
    }
}
