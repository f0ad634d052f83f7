package dev.darkroom.trainer.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.contract.training.TrainingEvent;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingOutcome;
import dev.darkroom.contract.training.TrainingOutcome.Result;
import dev.darkroom.contract.training.TrainingProvenance;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.Interposed;
import dev.darkroom.trainer.Doomed;
import dev.darkroom.trainer.data.DataListing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(90)
class TrainerTest {
    private static final int MANY = 1000;

    @TempDir private static Path shared;
    private static Surroundings surroundings;
    private static Path imported;

    @TempDir Path folder;
    private Pool pool;

    @BeforeAll
    static void opens() {
        surroundings = Pool.open();
        imported = Pool.imported(Checkout.bundledModel(), shared.resolve("parent"));
    }

    @AfterAll
    static void closes() {
        Pool.close(surroundings);
    }

    @BeforeEach
    void hasAModelOfItsOwn() throws IOException {
        pool = new Pool(surroundings, imported, folder);
    }

    private CheckpointId made(TrainingOutcome outcome) {
        return new CheckpointId(pool.model, outcome.version().orElseThrow());
    }

    private List<CheckpointEvent> checkpointEvents() {
        List<CheckpointEvent> events = new CopyOnWriteArrayList<>();
        try (TopicReader reader =
                new TopicReader(
                        pool.surroundings.kafka(),
                        List.of(Topics.CHECKPOINT_EVENTS),
                        record -> {
                            if (record.key().equals(Optional.of(pool.model.value()))) {
                                events.add(
                                        Json.read(
                                                record.value().orElseThrow(),
                                                CheckpointEvent.class));
                            }
                        })) {
            reader.start();
            reader.awaitCaughtUp(java.time.Duration.ofSeconds(20));
        }
        return events;
    }

    private List<TrainingEvent> trainingEvents() {
        List<TrainingEvent> events = new CopyOnWriteArrayList<>();
        try (TopicReader reader =
                new TopicReader(
                        pool.surroundings.kafka(),
                        List.of(Topics.TRAINING_EVENTS),
                        record -> {
                            if (record.key().equals(Optional.of(pool.model.value()))) {
                                events.add(
                                        Json.read(
                                                record.value().orElseThrow(), TrainingEvent.class));
                            }
                        })) {
            reader.start();
            reader.awaitCaughtUp(java.time.Duration.ofSeconds(20));
        }
        return events;
    }

    @Test
    void trainsPublishesAndPromotesWhatIsAskedFor() {
        SteppedTraining training = new SteppedTraining(3, MANY);
        TrainingRequest request = pool.submit();
        TrainingOutcome outcome;
        try (Trainer trainer = pool.start("one", training)) {
            outcome = pool.awaitOutcome(request);
            assertThat(trainer.isAlive()).isTrue();
        }

        assertThat(outcome.result()).isEqualTo(Result.PROMOTED);
        Promotion promotion = pool.surroundings.registry().promotion(pool.model).orElseThrow();
        assertThat(promotion.id()).isEqualTo(made(outcome)).isNotEqualTo(pool.parent);
        assertThat(promotion.history()).containsExactly(pool.parent.version());
        TrainingProvenance provenance =
                pool.surroundings.registry().provenance(made(outcome)).orElseThrow();
        assertThat(provenance.training()).isEqualTo(request.id());
        assertThat(provenance.parent()).contains(pool.parent.version());
        assertThat(provenance.objects()).isOne();
        assertThat(provenance.findings())
                .containsExactly("validation loss 0.1000 is the parent's 0.1000");
        assertThat(pool.surroundings.store().find(provenance.report().orElseThrow())).isPresent();
        assertThat(pool.surroundings.registry().fetch(made(outcome), folder.resolve("fetched")))
                .exists();
        assertThat(checkpointEvents())
                .extracting(CheckpointEvent::type)
                .containsExactly("published", "promoted");
        assertThat(trainingEvents())
                .extracting(TrainingEvent::type)
                .startsWith("started")
                .contains("progressed", "finished");
        // Only what is kept for good is left of the run.
        assertThat(pool.surroundings.store().list(ObjectKeys.training(pool.model, request.id())))
                .extracting(key -> key.value().substring(key.value().lastIndexOf('/') + 1))
                .containsExactly("outcome.json");
    }

    @Test
    void versionsThatNobodyNeedsLeaveTheCache() throws IOException {
        Path versions = pool.options("one").cache().resolve(pool.model.value());
        Path old = Files.createDirectories(versions.resolve("0123456789ab"));
        Files.writeString(old.resolve("weights"), "of long ago");
        Path asked = Files.createFile(versions.resolve("0123456789ab.lock"));
        Files.setLastModifiedTime(
                asked, FileTime.from(java.time.Instant.now().minus(java.time.Duration.ofHours(1))));
        TrainingRequest request = pool.submit();
        try (Trainer trainer = pool.start("one", new SteppedTraining(1, MANY))) {
            pool.awaitOutcome(request);
            assertThat(trainer.isAlive()).isTrue();
        }

        assertThat(old).doesNotExist();
        assertThat(versions.resolve(pool.parent.version().value())).isDirectory();
    }

    @Test
    void namesNoReportWhereNoneWasMade() {
        SteppedTraining training = new SteppedTraining(1, MANY);
        training.reportFile = "pytorch_lora_weights.safetensors";
        TrainingRequest request = pool.submit();
        TrainingOutcome outcome;
        try (Trainer trainer = pool.start("one", training)) {
            outcome = pool.awaitOutcome(request);
            assertThat(trainer.isAlive()).isTrue();
        }

        assertThat(surroundings.registry().provenance(made(outcome)).orElseThrow().report())
                .isEmpty();
        assertThat(
                        surroundings
                                .store()
                                .find(ObjectKeys.reportFile(made(outcome), training.reportFile)))
                .isPresent();
    }

    @Test
    void whatIsWorseIsPublishedAndNotPromotedAndSaysWhy() {
        SteppedTraining training = new SteppedTraining(1, MANY);
        training.loss = 0.15;
        TrainingRequest request = pool.submit();
        TrainingOutcome outcome;
        try (Trainer trainer = pool.start("one", training)) {
            outcome = pool.awaitOutcome(request);
            assertThat(trainer.isAlive()).isTrue();
        }

        assertThat(outcome.result()).isEqualTo(Result.NOT_PROMOTED);
        assertThat(outcome.reasons().get(0)).contains("worse than the parent's 0.1000 by 50 %");
        assertThat(pool.surroundings.registry().promoted(pool.model)).contains(pool.parent);
        assertThat(pool.surroundings.registry().manifest(made(outcome))).isPresent();
        assertThat(pool.surroundings.registry().provenance(made(outcome)).orElseThrow().mayServe())
                .isFalse();
        assertThat(checkpointEvents())
                .last()
                .isInstanceOfSatisfying(
                        CheckpointEvent.NotPromoted.class,
                        event -> assertThat(event.reason()).contains("more than the margin"));
    }

    @Test
    void ofTwoTrainersOneWorksOnAModelAndARequestThatComesTwiceRunsOnce() {
        SteppedTraining training = new SteppedTraining(5, MANY);
        TrainingRequest first = pool.submit();
        TrainingRequest second = pool.submit();
        pool.surroundings.publisher().submit(first);
        try (Trainer one = pool.start("one", training);
                Trainer two = pool.start("two", training)) {
            assertThat(one.isAlive() && two.isAlive()).isTrue();
            pool.awaitOutcome(first);
            pool.awaitOutcome(second);
        }

        assertThat(training.mostAtOnce).hasValue(1);
        assertThat(training.runs).hasValue(2);
        assertThat(training.numbers()).containsExactly(1, 2, 3, 4, 5, 1, 2, 3, 4, 5);
        assertThat(trainingEvents())
                .filteredOn(event -> event.type().equals("finished"))
                .extracting(TrainingEvent::id)
                .containsExactly(first.id(), second.id());
    }

    @Test
    void oneThatDiesIsFollowedFromTheLastSaveAndCanDoNoMoreHarm() {
        SteppedTraining dying = new SteppedTraining(6, 3);
        dying.deaf = true;
        SteppedTraining following = new SteppedTraining(6, MANY);
        TrainingRequest request = pool.submit();
        Trainer dead = pool.start("one", dying);
        dying.awaitSteps(3);
        awaitSave(request, 4);
        dead.die();
        TrainingOutcome outcome;
        try (Trainer successor = pool.start("two", following)) {
            outcome = pool.awaitOutcome(request);
            assertThat(successor.isAlive()).isTrue();
        }

        assertThat(dying.numbers()).containsExactly(1, 2, 3);
        assertThat(following.numbers()).containsExactly(4, 5, 6);
        assertThat(trainingEvents())
                .filteredOn(event -> event instanceof TrainingEvent.Started)
                .extracting(event -> ((TrainingEvent.Started) event).resumedFrom())
                .containsExactly(Optional.empty(), Optional.of(4L));

        // The dead one wakes up: it was paused, and does not know what has happened since.
        dying.permits.release(MANY);
        while (dead.isAlive()) {
            Pool.pause();
        }
        assertThat(dying.numbers()).containsExactly(1, 2, 3, 4);
        assertThat(pool.awaitOutcome(request)).isEqualTo(outcome);
        assertThat(pool.surroundings.registry().promoted(pool.model)).contains(made(outcome));
        assertThat(checkpointEvents())
                .extracting(CheckpointEvent::type)
                .containsExactly("published", "promoted");
    }

    @Test
    void oneWhoseProcessIsKilledIsFollowedFromTheLastSave() throws IOException {
        Path work = folder.resolve("killed");
        TrainingRequest request = pool.submit();
        try (Doomed process = TrainerProcess.start(pool.model, work)) {
            process.await("3");
            awaitSave(request, 4);
            process.kill();
            assertThat(process.lines()).containsExactly("1", "2", "3");
        }
        SteppedTraining following = new SteppedTraining(6, MANY);
        TrainingOutcome outcome;
        try (Trainer next = pool.start(pool.options("next", work), following)) {
            outcome = pool.awaitOutcome(request);
            assertThat(next.isAlive()).isTrue();
        }

        assertThat(outcome.result()).isEqualTo(Result.PROMOTED);
        assertThat(following.numbers()).containsExactly(4, 5, 6);
        assertThat(following.folders.get(0))
                .as("what the killed one had taken")
                .startsWithRaw(work.toRealPath().resolve("0"));
        assertThat(trainingEvents())
                .filteredOn(event -> event instanceof TrainingEvent.Started)
                .extracting(event -> ((TrainingEvent.Started) event).resumedFrom())
                .startsWith(Optional.empty(), Optional.of(4L));
    }

    @Test
    void anOutcomeThatItsTrainerDiedBeforeTellingIsToldByTheNext() {
        SteppedTraining training = new SteppedTraining(1, MANY);
        TrainingRequest request = pool.submit();
        ObjectKey key = ObjectKeys.trainingOutcome(request.model(), request.id());
        Surroundings fatal =
                new Surroundings(
                        surroundings.kafka(),
                        FatalStore.afterWriting(key, surroundings.store()),
                        surroundings.registry(),
                        surroundings.publisher());
        Trainer dead =
                new Trainer(fatal, pool.options("one"), training, java.time.Clock.systemUTC());
        dead.start();
        TrainingOutcome outcome = pool.awaitOutcome(request);
        dead.die();
        while (dead.isAlive()) {
            Pool.pause();
        }
        assertThat(finished()).isEmpty();

        try (Trainer next = pool.start("two", training)) {
            while (finished().isEmpty()) {
                Pool.pause();
            }
            assertThat(next.isAlive()).isTrue();
        }
        // It has let go of what says that the telling is still to be done.
        try (Trainer another = pool.start("three", training)) {
            pool.awaitOutcome(pool.submit());
            assertThat(another.isAlive()).isTrue();
        }

        assertThat(training.runs).hasValue(2);
        assertThat(finished())
                .filteredOn(event -> event.id().equals(request.id()))
                .containsExactly(
                        new TrainingEvent.Finished(
                                request.id(), request.model(), outcome.at(), outcome));
    }

    private TrainingRequest request(int canaryPercent) {
        TrainingRequest request =
                new TrainingRequest(
                        TrainingId.of(UUID.randomUUID()),
                        pool.model,
                        pool.dataset,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(canaryPercent),
                        Optional.empty(),
                        Optional.empty());
        surroundings.publisher().submit(request);
        return request;
    }

    /** Of a request whose first trainer was killed right after it had written an object. */
    private TrainingOutcome retried(TrainingRequest request, ObjectKey last, Runnable meanwhile) {
        SteppedTraining training = new SteppedTraining(1, MANY);
        Surroundings fatal =
                new Surroundings(
                        surroundings.kafka(),
                        FatalStore.afterWriting(last, surroundings.store()),
                        surroundings.registry(),
                        surroundings.publisher());
        Trainer dead =
                new Trainer(fatal, pool.options("one"), training, java.time.Clock.systemUTC());
        dead.start();
        while (surroundings.store().size(last).isEmpty()) {
            Pool.pause();
        }
        dead.die();
        while (dead.isAlive()) {
            Pool.pause();
        }
        meanwhile.run();
        try (Trainer next = pool.start("two", training)) {
            TrainingOutcome outcome = pool.awaitOutcome(request);
            assertThat(next.isAlive()).isTrue();
            assertThat(training.runs).hasValue(2);
            return outcome;
        }
    }

    private Promotion standing() {
        return surroundings.registry().latestPromotion(pool.model).orElseThrow();
    }

    /** The first trainer had promoted it, or put it on trial, and told nobody the outcome. */
    @ParameterizedTest
    @ValueSource(ints = {0, 10})
    void whatWasPromotedAndTakenBackIsNotPromotedAgain(int canaryPercent) {
        TrainingRequest request = request(canaryPercent);

        TrainingOutcome outcome =
                retried(
                        request,
                        ObjectKeys.trainedData(pool.model, pool.dataset),
                        () -> {
                            boolean promoted = !standing().id().equals(pool.parent);
                            assertThat(promoted || standing().canary().isPresent()).isTrue();
                            surroundings.registry().rollBack(pool.model);
                        });

        assertThat(outcome.result()).isEqualTo(Result.NOT_PROMOTED);
        assertThat(outcome.reasons().get(0)).contains("decided anew");
        assertThat(standing().id()).isEqualTo(pool.parent);
        assertThat(standing().canary()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10})
    void whatWasPromotedAndServesIsNotPromotedAgain(int canaryPercent) {
        TrainingRequest request = request(canaryPercent);
        List<Promotion> first = new CopyOnWriteArrayList<>();

        TrainingOutcome outcome =
                retried(
                        request,
                        ObjectKeys.trainedData(pool.model, pool.dataset),
                        () -> first.add(standing()));

        assertThat(outcome.result())
                .isEqualTo(canaryPercent == 0 ? Result.PROMOTED : Result.CANARY);
        assertThat(first).containsExactly(standing());
    }

    @Test
    void whatWasAboutToBePromotedIsPromotedByTheNext() {
        TrainingRequest request = request(0);

        TrainingOutcome outcome =
                retried(
                        request,
                        ObjectKeys.trainingFile(pool.model, request.id(), "followed.json"),
                        () -> assertThat(standing().id()).isEqualTo(pool.parent));

        assertThat(outcome.result()).isEqualTo(Result.PROMOTED);
        assertThat(standing().id()).isEqualTo(made(outcome));
    }

    /** The look at what is to be promoted is the last before it is. */
    @Test
    void whatIsPromotedMeanwhileIsNotReplaced() throws IOException {
        CheckpointId other =
                pool.publish(
                        Pool.imported(
                                SteppedTraining.checkpoint(folder.resolve("other"), 77),
                                folder.resolve("imported")));
        AtomicBoolean intervened = new AtomicBoolean();
        ObjectStore seen =
                Interposed.as(
                        ObjectStore.class,
                        (method, arguments) -> {
                            Object result =
                                    Interposed.call(surroundings.store(), method, arguments);
                            if (method.getName().equals("size")
                                    && arguments[0]
                                            .toString()
                                            .startsWith(ObjectKeys.checkpoints(pool.model))
                                    && arguments[0]
                                            .toString()
                                            .endsWith(CheckpointConfiguration.MANIFEST_FILE)
                                    && ((Optional<?>) result).isPresent()
                                    && !intervened.getAndSet(true)) {
                                surroundings.registry().promote(other);
                            }
                            return result;
                        });
        TrainingRequest request = pool.submit();
        TrainingOutcome outcome;
        try (CheckpointRegistry registry = new CheckpointRegistry(seen, surroundings.kafka())) {
            registry.start();
            try (Trainer trainer =
                    new Trainer(
                            new Surroundings(
                                    surroundings.kafka(),
                                    surroundings.store(),
                                    registry,
                                    surroundings.publisher()),
                            pool.options("one"),
                            new SteppedTraining(1, MANY),
                            java.time.Clock.systemUTC())) {
                trainer.start();
                outcome = pool.awaitOutcome(request);
            }
        }

        assertThat(intervened).isTrue();
        assertThat(outcome.result()).isEqualTo(Result.NOT_PROMOTED);
        assertThat(outcome.reasons().get(0)).contains(other + " was promoted while");
        assertThat(standing().id()).isEqualTo(other);
    }

    private List<TrainingEvent> finished() {
        return trainingEvents().stream()
                .filter(event -> event instanceof TrainingEvent.Finished)
                .toList();
    }

    /** Of a training that one trainer took two steps of, by another on another machine. */
    private TrainingOutcome followed(SteppedTraining following, Runnable meanwhile) {
        SteppedTraining dying = new SteppedTraining(4, 2);
        TrainingRequest request = pool.submit();
        Trainer dead = pool.start("one", dying);
        dying.awaitSteps(2);
        awaitSave(request, 3);
        dead.die();
        meanwhile.run();
        try (Trainer successor = pool.start("two", following)) {
            TrainingOutcome outcome = pool.awaitOutcome(request);
            assertThat(successor.isAlive()).isTrue();
            return outcome;
        }
    }

    private String now() {
        return DataListing.of(surroundings.store(), pool.dataset).fingerprint();
    }

    @Test
    void dataThatComeDuringATrainingAreNoPartOfIt() {
        SteppedTraining following = new SteppedTraining(4, MANY);
        String before = now();

        // Another trainer finds the one picture of the beginning as it was.
        TrainingOutcome outcome = followed(following, () -> pool.addPicture("two.png"));

        assertThat(following.numbers()).containsExactly(3, 4);
        TrainingProvenance provenance =
                surroundings.registry().provenance(made(outcome)).orElseThrow();
        assertThat(provenance.objects()).isOne();
        assertThat(provenance.dataFingerprint()).contains(before).isNotEqualTo(Optional.of(now()));
    }

    @Test
    void dataThatAreNoLongerWhatTheyWereAreTrainedOnAnew() {
        SteppedTraining following = new SteppedTraining(4, MANY);

        TrainingOutcome outcome =
                followed(
                        following,
                        () -> {
                            pool.addPicture("two.png");
                            surroundings
                                    .store()
                                    .delete(ObjectKeys.datasetFile(pool.dataset, "one.png"));
                        });

        assertThat(outcome.result()).isEqualTo(Result.PROMOTED);
        assertThat(following.numbers()).containsExactly(1, 2, 3, 4);
        assertThat(
                        surroundings
                                .registry()
                                .provenance(made(outcome))
                                .orElseThrow()
                                .dataFingerprint())
                .contains(now());
        // May come late, as all that may be lost.
        while (interruptions().stream().noneMatch(why -> why.contains("one.png is gone or has"))) {
            Pool.pause();
        }
    }

    private List<String> interruptions() {
        return trainingEvents().stream()
                .filter(event -> event instanceof TrainingEvent.Interrupted)
                .map(event -> ((TrainingEvent.Interrupted) event).reason())
                .toList();
    }

    @Test
    void oneThatWasGivenUpOnDoesNotWriteWhereTheNextOfTheSameHostTrains() throws IOException {
        SteppedTraining dying = new SteppedTraining(6, 2);
        dying.deaf = true;
        SteppedTraining following = new SteppedTraining(6, 2);
        Path work = folder.resolve("work");
        TrainingRequest request = pool.submit();
        Trainer dead = pool.start(pool.options("one", work), dying);
        dying.awaitSteps(2);
        awaitSave(request, 3);
        dead.die();
        try (Trainer next = pool.start(pool.options("two", work), following)) {
            following.awaitSteps(2);
            awaitSave(request, 5);
            Path state = following.folders.get(0).resolve("unet/state.txt");
            assertThat(state).startsWith(work.toRealPath()).hasContent("4");

            dying.permits.release();
            while (dead.isAlive()) {
                Pool.pause();
            }

            assertThat(dying.numbers()).containsExactly(1, 2, 3);
            assertThat(dying.folders.get(0).resolve("unet/state.txt")).hasContent("3");
            assertThat(state).hasContent("4");
            following.permits.release(MANY);
            pool.awaitOutcome(request);
            assertThat(next.isAlive()).isTrue();
        }
        // What the first has left is taken up by whoever comes next.
        SteppedTraining later = new SteppedTraining(1, MANY);
        try (Trainer third = pool.start(pool.options("three", work), later)) {
            pool.awaitOutcome(pool.submit());
            assertThat(third.isAlive()).isTrue();
        }
        assertThat(later.folders.get(0))
                .startsWithRaw(dying.folders.get(0).getParent().getParent());
    }

    private void awaitSave(TrainingRequest request, int number) {
        String name = String.format("saves/%012d.json", number);
        while (pool
                .surroundings
                .store()
                .list(ObjectKeys.training(request.model(), request.id()))
                .stream()
                .noneMatch(key -> key.value().endsWith(name))) {
            Pool.pause();
        }
    }

    @Test
    void oneThatIsStoppedLetsTheNextGoOnAtOnce() {
        SteppedTraining training = new SteppedTraining(4, 2);
        TrainingRequest request = pool.submit();
        try (Trainer stopped = pool.start("one", training)) {
            training.awaitSteps(2);
            assertThat(stopped.isAlive()).isTrue();
        }
        training.permits.release(MANY);
        try (Trainer next = pool.start("two", training)) {
            assertThat(pool.awaitOutcome(request).result()).isEqualTo(Result.PROMOTED);
            assertThat(next.isAlive()).isTrue();
        }

        assertThat(training.numbers()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void oneThatServesSinceIsNotReplacedByWhatWasTrainedFromAnother() {
        SteppedTraining training = new SteppedTraining(1, MANY);
        TrainingRequest aside =
                new TrainingRequest(
                        TrainingId.of(UUID.randomUUID()),
                        pool.model,
                        pool.dataset,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(false),
                        Optional.empty());
        pool.surroundings.publisher().submit(aside);
        SteppedTraining slow = new SteppedTraining(1, 0);
        TrainingOutcome published;
        try (Trainer trainer = pool.start("one", training)) {
            published = pool.awaitOutcome(aside);
            assertThat(trainer.isAlive()).isTrue();
        }
        assertThat(published.result()).isEqualTo(Result.NOT_PROMOTED);
        assertThat(published.reasons()).contains("the request said not to promote");
        try (Trainer other = pool.start("two", slow)) {
            TrainingRequest request = pool.submit();
            while (slow.runs.get() == 0) {
                Pool.pause();
            }
            assertThat(heldParents())
                    .containsExactly(ObjectKeys.trainingParent(pool.parent, request.id()));
            pool.surroundings.registry().promote(made(published));
            slow.permits.release();

            TrainingOutcome outcome = pool.awaitOutcome(request);

            assertThat(outcome.result()).isEqualTo(Result.NOT_PROMOTED);
            assertThat(outcome.reasons().get(0)).contains("was promoted while this");
            assertThat(pool.surroundings.registry().promoted(pool.model)).contains(made(published));
            assertThat(other.isAlive()).isTrue();
        }
        assertThat(heldParents()).isEmpty();
    }

    /** What keeps versions from being pruned. */
    private List<ObjectKey> heldParents() {
        return surroundings.store().list(ObjectKeys.trainingParents(pool.model));
    }

    @Test
    void whatCannotBeTrainedFailsWithTheReason() {
        TrainingRequest request =
                TrainingRequest.of(
                        TrainingId.of(UUID.randomUUID()), pool.model, new DatasetName("none"));
        pool.surroundings.publisher().submit(request);
        try (Trainer trainer = pool.start("one", new SteppedTraining(1, MANY))) {
            TrainingOutcome outcome = pool.awaitOutcome(request);

            assertThat(outcome.result()).isEqualTo(Result.FAILED);
            assertThat(outcome.code()).contains(ErrorCode.INVALID_REQUEST);
            assertThat(outcome.reasons().get(0)).contains("datasets/none/");
            assertThat(trainer.isAlive()).isTrue();
        }
    }

    /** Store and all are away each time, for longer than the lease lasts. */
    @Test
    void oneWhoseTrainerLosesItsLeaseIsNotGivenUp() {
        TrainingRequest request = pool.submit();
        AtomicBoolean away = new AtomicBoolean();
        ObjectStore store =
                Interposed.as(
                        ObjectStore.class,
                        (method, arguments) -> {
                            if (away.get()) {
                                // Until it was tried in vain to take the attempt back.
                                away.set(!method.getName().equals("delete"));
                                throw new DarkroomException(
                                        ErrorCode.STORE_UNAVAILABLE, "of a test");
                            }
                            return Interposed.call(surroundings.store(), method, arguments);
                        });
        SteppedTraining training = new SteppedTraining(1, MANY);
        AtomicInteger begun = new AtomicInteger();
        FineTuning interrupted =
                (order, run, observer) -> {
                    if (begun.incrementAndGet() > pool.options("one").maxAttempts()) {
                        return training.run(order, run, observer);
                    }
                    away.set(true);
                    while (!observer.isStopping()) {
                        Pool.pause();
                    }
                    return Optional.empty();
                };
        try (Trainer trainer =
                new Trainer(
                        new Surroundings(
                                surroundings.kafka(),
                                store,
                                surroundings.registry(),
                                surroundings.publisher()),
                        pool.options("one"),
                        interrupted,
                        java.time.Clock.systemUTC())) {
            trainer.start();

            assertThat(pool.awaitOutcome(request).result()).isEqualTo(Result.PROMOTED);
            assertThat(training.runs).hasValue(1);
        }
    }

    @Test
    void whatKillsItsTrainerEachTimeIsGivenUp() {
        TrainingRequest request = pool.submit();
        List<SteppedTraining> deadly = new ArrayList<>();
        List<Trainer> dead = new ArrayList<>();
        for (int i = 0; i < pool.options("one").maxAttempts(); i++) {
            SteppedTraining training = new SteppedTraining(1, 0);
            training.deaf = true;
            Trainer trainer = pool.start("dying-" + i, training);
            while (training.runs.get() == 0) {
                Pool.pause();
            }
            trainer.die();
            deadly.add(training);
            dead.add(trainer);
        }
        try (Trainer trainer = pool.start("one", new SteppedTraining(1, MANY))) {
            assertThat(pool.awaitOutcome(request).code()).contains(ErrorCode.ATTEMPTS_EXHAUSTED);
            assertThat(trainer.isAlive()).isTrue();
        }
        deadly.forEach(training -> training.permits.release(MANY));
        while (dead.stream().anyMatch(Trainer::isAlive)) {
            Pool.pause();
        }
    }

    @Test
    void whatNeverGetsToASaveIsGivenUp() {
        TrainingRequest request = pool.submit();
        FineTuning broken =
                (order, run, observer) -> {
                    throw new OutOfMemoryError("of a test");
                };
        try (Trainer trainer = pool.start("one", broken)) {
            TrainingOutcome outcome = pool.awaitOutcome(request);

            assertThat(outcome.code()).contains(ErrorCode.ATTEMPTS_EXHAUSTED);
            assertThat(trainer.isAlive()).isTrue();
        }
    }

    private DataWatch watch(OpenRequests requests) {
        return new DataWatch(pool.surroundings.store(), pool.surroundings.publisher(), requests);
    }

    private TrainerOptions.Scheduled scheduled() {
        return TrainerOptions.Scheduled.parse(pool.model + ":" + pool.dataset);
    }

    @Test
    void dataThatComeDuringATrainingAreAskedForOnceWhenItIsOver() {
        OpenRequests requests = new OpenRequests(any -> false);
        DataWatch watch = watch(requests);
        SteppedTraining training = new SteppedTraining(1, 0);
        try (TopicReader reader =
                        new TopicReader(surroundings.kafka(), List.of(Topics.TRAINING), requests);
                Trainer trainer = pool.start("one", training)) {
            reader.start();
            TrainingRequest first = watch.look(scheduled()).orElseThrow();
            while (training.runs.get() == 0) {
                Pool.pause();
            }
            pool.addPicture("two.png");
            catchUp(reader);
            assertThat(watch.look(scheduled())).isEmpty();
            training.permits.release(MANY);
            pool.awaitOutcome(first);

            TrainingRequest second = watch.look(scheduled()).orElseThrow();
            TrainingOutcome outcome = pool.awaitOutcome(second);
            catchUp(reader);

            assertThat(watch.look(scheduled())).isEmpty();
            assertThat(surroundings.registry().provenance(made(outcome)).orElseThrow().objects())
                    .isEqualTo(2);
            assertThat(training.runs).hasValue(2);
            assertThat(trainer.isAlive()).isTrue();
        }
    }

    private static void catchUp(TopicReader reader) {
        assertThat(reader.awaitCaughtUp(java.time.Duration.ofSeconds(20))).isTrue();
    }

    @Test
    void newDataAreAskedForOnceHoweverManyLook() {
        DataWatch one = watch(new OpenRequests(any -> true));
        DataWatch two = watch(new OpenRequests(any -> true));
        TrainerOptions.Scheduled scheduled = scheduled();

        TrainingRequest first = one.look(scheduled).orElseThrow();
        assertThat(two.look(scheduled)).isEmpty();
        pool.addPicture("two.png");
        TrainingRequest second = two.look(scheduled).orElseThrow();
        assertThat(one.look(scheduled)).isEmpty();
        pool.surroundings
                .store()
                .delete(new ObjectKey(ObjectKeys.dataset(pool.dataset) + "two.png"));

        assertThat(one.look(scheduled).orElseThrow().id()).isNotIn(first.id(), second.id());
    }
}
