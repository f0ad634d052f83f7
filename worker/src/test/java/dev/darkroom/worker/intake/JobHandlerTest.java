package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.Deadline;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobStage;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.StageTimings;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.platform.kafka.AcquiredRecord;
import dev.darkroom.platform.kafka.AcquiredRecords;
import dev.darkroom.platform.kafka.GivenUp;
import dev.darkroom.platform.kafka.TopicRecord;
import dev.darkroom.worker.Await;
import dev.darkroom.worker.Jobs;
import dev.darkroom.worker.delivery.PictureParameters;
import dev.darkroom.worker.life.Cancellation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobHandlerTest {
    private static final String OTHER_ID = "11111111-2222-4333-8444-555555555555";
    private static final CheckpointVersion OTHER_VERSION = new CheckpointVersion("ba9876543210");
    private static final JobEvent CANCELLED = new JobEvent.Cancelled(Jobs.ID, Instant.EPOCH);

    private final IntakeRig rig = new IntakeRig();

    @Test
    void finishesAJobInOrder() {
        rig.events.before =
                event -> {
                    boolean manifest = rig.store.objects.containsKey(ObjectKeys.result(Jobs.ID));
                    assertThat(manifest).isEqualTo(event instanceof JobEvent.Succeeded);
                };

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(rig.store.writes)
                .containsExactly(
                        ObjectKeys.image(Jobs.ID, 0),
                        ObjectKeys.image(Jobs.ID, 1),
                        ObjectKeys.outcome(Jobs.ID),
                        ObjectKeys.result(Jobs.ID));
        assertThat(rig.events.mileStones()).containsExactly("started", "succeeded");
        ResultManifest result = rig.result();
        assertThat(result.job()).isEqualTo(IntakeRig.job());
        assertThat(result.checkpoint()).isEqualTo(Jobs.VERSION);
        assertThat(result.attempt()).isEqualTo(1);
        assertThat(
                        PngImage.text(
                                rig.store.objects.get(ObjectKeys.image(Jobs.ID, 1)),
                                PictureParameters.KEYWORD))
                .get()
                .asString()
                .contains("Seed: " + (IntakeRig.job().seed() + 1));
        assertThat(rig.buried).isEmpty();
    }

    @Test
    void tellsOfProgressAndOfTheLastStepAlways() {
        rig.handle(IntakeRig.record(2));

        List<JobEvent.Progress> progress =
                rig.events.events.stream()
                        .filter(JobEvent.Progress.class::isInstance)
                        .map(JobEvent.Progress.class::cast)
                        .toList();
        assertThat(progress).isNotEmpty().hasSizeLessThan(25);
        JobEvent.Progress last = progress.get(progress.size() - 1);
        assertThat(last.step()).isEqualTo(25);
        assertThat(last.steps()).isEqualTo(25);
        assertThat(last.attempt()).isEqualTo(2);
    }

    @Test
    void fillsInWhatARecordLeavesOut() {
        rig.handle(IntakeRig.text("{\"id\":\"" + Jobs.ID + "\",\"prompt\":\"a\"}"));

        ResultManifest result = rig.result();
        assertThat(result.job().model()).isEqualTo(Jobs.MODEL);
        assertThat(result.job().seed()).isEqualTo(Jobs.ID.derivedSeed());
        assertThat(result.job().steps()).isEqualTo(5);
        assertThat(result.images()).hasSize(1);
    }

    @Test
    void redeliveredJobThatIsDoneIsOnlyToldAgain() {
        rig.handle(IntakeRig.record(1));
        int writes = rig.store.writes.size();
        rig.events.events.clear();

        assertThat(rig.handle(IntakeRig.record(9))).isEqualTo(Ending.accept());

        assertThat(rig.events.events)
                .singleElement()
                .isInstanceOfSatisfying(
                        JobEvent.Succeeded.class,
                        event -> {
                            assertThat(event.attempt()).isEqualTo(1);
                            assertThat(event.images()).isEqualTo(2);
                        });
        assertThat(rig.store.writes).hasSize(writes);
        assertThat(rig.buried).isEmpty();
    }

    @Test
    void successThatCannotBeToldIsKeptUntilItCan() {
        AtomicInteger tries = new AtomicInteger();
        rig.events.before =
                event -> {
                    if (event instanceof JobEvent.Succeeded && tries.incrementAndGet() < 3) {
                        throw new DarkroomException(ErrorCode.QUEUE_UNAVAILABLE, "away");
                    }
                };

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(rig.events.mileStones()).containsExactly("started", "succeeded");
    }

    @Test
    void successThatAStoppingWorkerCouldNotTellIsToldByTheNext() {
        Cancellation cancellation = new Cancellation();
        rig.events.before =
                event -> {
                    if (event instanceof JobEvent.Succeeded) {
                        cancellation.cancel(new DarkroomException(ErrorCode.NOT_READY, "stopping"));
                        throw new DarkroomException(ErrorCode.QUEUE_UNAVAILABLE, "away");
                    }
                };
        assertThat(rig.handler.handle(IntakeRig.record(1), cancellation).kind())
                .isEqualTo(Ending.Kind.RELEASE);
        int predictions = rig.stages.predictedRows.size();
        rig.events.before = event -> {};

        assertThat(rig.handle(IntakeRig.record(2))).isEqualTo(Ending.accept());

        assertThat(rig.stages.predictedRows).hasSize(predictions);
        assertThat(rig.events.mileStones()).containsExactly("started", "succeeded");
    }

    @Test
    void cancelledJobIsDroppedWithoutBeingBegun() {
        cancel();

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(rig.events.events).containsExactly(CANCELLED);
        assertThat(rig.stages.predictedRows).isEmpty();
        assertThat(rig.store.objects).containsOnlyKeys(ObjectKeys.outcome(Jobs.ID));
    }

    @Test
    void cancelledJobStopsAtItsNextStepAndLeavesNothing() {
        ControlFeed feed = new ControlFeed(rig.running, rig.delivery::find);
        rig.stages.beforePrediction =
                calls -> {
                    if (calls == 3) {
                        cancel();
                        feed.accept(control(Jobs.ID));
                    }
                };

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        // The step that was under way when the word came is the last.
        assertThat(rig.stages.predictedRows).hasSize(4);
        assertThat(rig.events.mileStones()).containsExactly("started", "cancelled");
        assertThat(rig.store.objects).containsOnlyKeys(ObjectKeys.outcome(Jobs.ID));
        assertThat(rig.running.contains(Jobs.ID)).isFalse();
    }

    @Test
    void jobOfWhichTheBucketDidNotSayThatItIsCancelledStopsWhenItDoes() {
        AtomicBoolean away = new AtomicBoolean(true);
        ControlFeed feed =
                new ControlFeed(
                        rig.running,
                        job -> {
                            if (away.get()) {
                                throw new DarkroomException(
                                        ErrorCode.STORE_UNAVAILABLE, "no answer");
                            }
                            return rig.delivery.find(job);
                        });
        rig.stages.beforePrediction =
                calls -> {
                    if (calls == 2) {
                        cancel();
                        feed.accept(control(Jobs.ID));
                        feed.lookAgain();
                    } else if (calls == 3) {
                        away.set(false);
                        feed.lookAgain();
                    }
                };

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(rig.stages.predictedRows).hasSize(4);
        assertThat(rig.events.mileStones()).containsExactly("started", "cancelled");
    }

    @Test
    void jobCancelledWhileItIsDeliveredLeavesNeitherManifestNorPictures() {
        rig.store.before =
                operation -> {
                    // Both pictures are there, the outcome is not.
                    if (operation.equals("putIfAbsent") && rig.store.objects.size() == 2) {
                        rig.store.before = later -> {};
                        cancel();
                    }
                };

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(rig.events.mileStones()).containsExactly("started", "cancelled");
        assertThat(rig.store.objects).containsOnlyKeys(ObjectKeys.outcome(Jobs.ID));
    }

    @Test
    void whoLostTheLockOnACancelledJobLeavesNoPicturesEither() {
        Cancellation cancellation = new Cancellation();
        rig.store.before =
                operation -> {
                    if (operation.equals("putIfAbsent")) {
                        rig.store.before = later -> {};
                        // Another has dropped the job meanwhile, when there was nothing to remove.
                        cancel();
                        cancellation.cancel(
                                new DarkroomException(ErrorCode.LOCK_LOST, "another has it"));
                    }
                };

        assertThat(rig.handler.handle(IntakeRig.record(1), cancellation))
                .isEqualTo(Ending.release(Duration.ZERO));

        assertThat(rig.events.mileStones()).containsExactly("started");
        assertThat(rig.store.objects).containsOnlyKeys(ObjectKeys.outcome(Jobs.ID));
    }

    @Test
    void jobWhoseDeadlineHasPassedExpiresAndIsNotBegun() {
        Instant deadline = Instant.parse("2026-01-31T12:00:00Z");

        assertThat(rig.handle(until(deadline))).isEqualTo(Ending.accept());

        assertThat(rig.events.events)
                .singleElement()
                .isInstanceOfSatisfying(
                        JobEvent.Expired.class,
                        expired -> assertThat(expired.deadline()).isEqualTo(deadline));
        assertThat(rig.stages.predictedRows).isEmpty();
        assertThat(rig.store.objects).containsOnlyKeys(ObjectKeys.outcome(Jobs.ID));
    }

    @Test
    void jobThatIsTakenInTimeIsDoneHoweverLongItTakes() {
        Instant deadline = Instant.now().plusSeconds(3600);

        assertThat(rig.handle(until(deadline))).isEqualTo(Ending.accept());

        assertThat(rig.events.mileStones()).containsExactly("started", "succeeded");
        assertThat(rig.result().job().deadline()).contains(new Deadline(deadline));
    }

    @Test
    void jobThatIsDoneDoesNotExpireWhenItIsDeliveredAgain() {
        rig.handle(IntakeRig.record(1));
        rig.events.events.clear();

        assertThat(rig.handle(until(Instant.EPOCH))).isEqualTo(Ending.accept());

        assertThat(rig.events.types()).containsExactly("succeeded");
    }

    @Test
    void jobThatWasBegunInTimeIsDoneThoughItsDeadlinePassesBetweenTwoAttempts() {
        Instant deadline = Instant.now().plusSeconds(2);
        AtomicInteger tries = new AtomicInteger();
        rig.stages.beforePrediction =
                calls -> {
                    if (tries.incrementAndGet() == 1) {
                        Await.until(() -> Instant.now().isAfter(deadline));
                        throw new DarkroomException(ErrorCode.RESOURCE_EXHAUSTED, "out of memory");
                    }
                };
        assertThat(rig.handle(until(deadline)).kind()).isEqualTo(Ending.Kind.RELEASE);

        assertThat(rig.handle(until(deadline))).isEqualTo(Ending.accept());

        assertThat(rig.events.mileStones()).containsExactly("started", "started", "succeeded");
        assertThat(rig.result().images()).hasSize(1);
    }

    @Test
    void jobThatNoAttemptHasBegunExpiresHoweverOftenItWasDelivered() {
        AtomicInteger finds = new AtomicInteger();
        rig.store.before =
                operation -> {
                    if (finds.incrementAndGet() == 1) {
                        throw new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "away");
                    }
                };
        Instant deadline = Instant.now().plusSeconds(2);
        assertThat(rig.handle(until(deadline)).kind()).isEqualTo(Ending.Kind.RELEASE);
        Await.until(() -> Instant.now().isAfter(deadline));

        assertThat(rig.handle(until(deadline))).isEqualTo(Ending.accept());

        assertThat(rig.events.mileStones()).containsExactly("expired");
    }

    private static AcquiredRecord until(Instant deadline) {
        return IntakeRig.text(
                "{\"id\":\"%s\",\"prompt\":\"a\",\"deadline\":\"%s\"}"
                        .formatted(Jobs.ID, deadline));
    }

    @Test
    void wordOfACancellationThatIsNotInTheBucketStopsNobody() {
        ControlFeed feed = new ControlFeed(rig.running, rig.delivery::find);
        rig.stages.beforePrediction = calls -> feed.accept(control(Jobs.ID));

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(rig.events.mileStones()).containsExactly("started", "succeeded");
    }

    @Test
    void jobThatFailsAfterItWasCancelledWasCancelled() {
        rig.stages.beforePrediction =
                calls -> {
                    cancel();
                    throw new IllegalStateException("a fault of ours");
                };

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(rig.events.mileStones()).containsExactly("started", "cancelled");
        assertThat(rig.buried).isEmpty();
    }

    @Test
    void failureThatWasDecidedAndNotToldIsToldInTheSameWords() {
        JobEvent.Failed failed =
                new JobEvent.Failed(
                        Jobs.ID, Instant.EPOCH, 1, ErrorCode.GENERATION_FAILED, "no picture");
        rig.delivery.decide(JobOutcome.without(failed));

        assertThat(rig.handle(IntakeRig.record(2))).isEqualTo(Ending.reject());

        assertThat(rig.events.events).containsExactly(failed);
        assertThat(rig.buried)
                .singleElement()
                .satisfies(
                        why ->
                                assertThat(why.reason().code())
                                        .isEqualTo(ErrorCode.GENERATION_FAILED));
        assertThat(rig.stages.predictedRows).isEmpty();
    }

    @Test
    void jobThatFailsAtLastLeavesNoPicturesOfEarlierAttempts() {
        stores(Jobs.VERSION);

        assertThat(rig.handle(IntakeRig.record(IntakeRig.MAX_ATTEMPTS + 1)))
                .isEqualTo(Ending.reject());

        assertThat(onlyFailure().code()).isEqualTo(ErrorCode.ATTEMPTS_EXHAUSTED);
        assertThat(rig.store.objects).containsOnlyKeys(ObjectKeys.outcome(Jobs.ID));
    }

    @Test
    void picturesOfAnotherVersionThatAnEarlierAttemptLeftAreGoneWhenTheJobIsDone() {
        stores(OTHER_VERSION);

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(rig.events.mileStones()).containsExactly("started", "succeeded");
        assertNothingElseIsThere();
    }

    @Test
    void picturesOfAnotherVersionAreGoneThoughTheyWereInNobodysWay() {
        stores(Jobs.VERSION);
        List<StoredImage> between = stores(OTHER_VERSION);

        assertThat(rig.handle(IntakeRig.record(3))).isEqualTo(Ending.accept());

        assertThat(rig.store.objects).doesNotContainKey(between.get(0).key());
        assertNothingElseIsThere();
    }

    @Test
    void whoDecidedAndDiedLeavesTheTidyingToTheNext() {
        stores(OTHER_VERSION);
        rig.delivery.decide(JobOutcome.of(manifest(Jobs.VERSION, stores(Jobs.VERSION))));

        assertThat(rig.handle(IntakeRig.record(2))).isEqualTo(Ending.accept());

        assertThat(rig.events.mileStones()).containsExactly("succeeded");
        assertNothingElseIsThere();
    }

    @Test
    void whoComesTooLateRemovesItsOwnPictures() {
        rig.store.before =
                operation -> {
                    if (operation.equals("putIfAbsent")) {
                        rig.store.before = later -> {};
                        rig.delivery.decide(
                                JobOutcome.of(manifest(OTHER_VERSION, stores(OTHER_VERSION))));
                    }
                };

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());

        assertThat(rig.result().checkpoint()).isEqualTo(OTHER_VERSION);
        assertNothingElseIsThere();
    }

    @Test
    void whoLosesTheLockWhileTheStoreIsAwayRemovesItsOwnPictures() {
        Cancellation cancellation = new Cancellation();
        AtomicInteger writes = new AtomicInteger();
        rig.store.before =
                operation -> {
                    int count = operation.equals("putIfAbsent") ? writes.incrementAndGet() : 0;
                    if (count == 1) {
                        stores(OTHER_VERSION);
                    } else if (count == 4) {
                        // One picture of its own is there, the next is refused.
                        rig.store.before = later -> {};
                        rig.delivery.decide(
                                JobOutcome.of(manifest(OTHER_VERSION, stores(OTHER_VERSION))));
                        cancellation.cancel(
                                new DarkroomException(ErrorCode.LOCK_LOST, "another has it"));
                        throw new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "away");
                    }
                };

        assertThat(rig.handler.handle(IntakeRig.record(1), cancellation))
                .isEqualTo(Ending.release(Duration.ZERO));

        assertThat(rig.result().checkpoint()).isEqualTo(OTHER_VERSION);
        assertNothingElseIsThere();
    }

    @Test
    void nothingOfADoneJobIsRemovedWhoseOutcomeIsDamaged() {
        rig.handle(IntakeRig.record(1));
        byte[] broken = "{".getBytes(StandardCharsets.UTF_8);
        rig.store.objects.put(ObjectKeys.outcome(Jobs.ID), broken);

        assertThat(rig.handle(IntakeRig.record(2))).isEqualTo(Ending.reject());

        assertThat(rig.store.objects)
                .containsOnlyKeys(
                        ObjectKeys.image(Jobs.ID, 0),
                        ObjectKeys.image(Jobs.ID, 1),
                        ObjectKeys.outcome(Jobs.ID),
                        ObjectKeys.result(Jobs.ID));
    }

    @Test
    void ordinaryJobCostsNoListing() {
        rig.store.before = operation -> assertThat(operation).isNotIn("list", "delete");

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.accept());
    }

    /** What another worker, which serves that version, puts there of the job. */
    private List<StoredImage> stores(CheckpointVersion version) {
        RgbImage picture = new RgbImage(1, 1, new byte[3]);
        return rig.delivery.store(IntakeRig.job(), version, List.of(picture, picture), () -> {});
    }

    private static ResultManifest manifest(CheckpointVersion version, List<StoredImage> images) {
        return new ResultManifest(
                IntakeRig.job(),
                version,
                images,
                1,
                "other",
                new StageTimings(1, 2, 3, 4),
                Instant.EPOCH);
    }

    private void assertNothingElseIsThere() {
        ResultManifest result = rig.result();
        Set<ObjectKey> due =
                new HashSet<>(Set.of(ObjectKeys.outcome(Jobs.ID), ObjectKeys.result(Jobs.ID)));
        for (StoredImage image : result.images()) {
            due.add(image.key());
            byte[] content = rig.store.objects.get(image.key());
            assertThat(Sha256.of(content)).isEqualTo(image.sha256());
            assertThat(PngImage.text(content, PictureParameters.KEYWORD))
                    .get()
                    .asString()
                    .contains("Model hash: " + result.checkpoint());
        }
        assertThat(rig.store.objects).containsOnlyKeys(due);
    }

    private void cancel() {
        rig.delivery.decide(JobOutcome.without(CANCELLED));
    }

    private static TopicRecord control(JobId job) {
        return AcquiredRecords.control(job.value());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'\"prompt\":\"a\",\"model\":\"no-such\"' | UNKNOWN_MODEL",
                "'\"prompt\":\"a\",\"version\":\"ffffffffffff\"' | UNKNOWN_MODEL",
                "'\"prompt\":\"a\",\"width\":33' | UNSUPPORTED_SIZE",
                "'\"prompt\":\"a\",\"width\":4096,\"height\":4096' | UNSUPPORTED_SIZE",
                "'\"prompt\":\"a\",\"width\":-8' | INVALID_REQUEST",
                "'\"prompt\":\"a\",\"steps\":0' | INVALID_REQUEST",
                "'\"prompt\":\"a\",\"steps\":1000' | INVALID_REQUEST",
                "'\"prompt\":\"a\",\"count\":17' | INVALID_REQUEST",
                "'\"prompt\":\"a\",\"guidanceScale\":0.5' | INVALID_REQUEST",
                "'\"prompt\":\"a\",\"sampler\":\"ddpm\"' | INVALID_REQUEST",
                "'\"prompt\":\"a\",\"surplus\":1' | INVALID_REQUEST",
                "'\"prompt\":\"a\\u0000b\"' | INVALID_REQUEST",
                "'\"prompt\":\"\\ud83d\"' | INVALID_REQUEST",
                "'\"prompt\":5' | MALFORMED_REQUEST",
                "'\"negativePrompt\":\"a\"' | INVALID_REQUEST"
            })
    void refusesWhatCannotBeMadeAndTellsWhy(String fields, ErrorCode code) {
        Ending ending = rig.handle(IntakeRig.text("{\"id\":\"" + Jobs.ID + "\"," + fields + "}"));

        assertThat(ending).isEqualTo(Ending.reject());
        assertThat(onlyFailure().code()).isEqualTo(code);
        assertThat(onlyFailure().jobId()).isEqualTo(Jobs.ID);
        assertThat(rig.buried).isEmpty();
        assertThat(rig.store.writes).containsExactly(ObjectKeys.outcome(Jobs.ID));
    }

    /** A failed or expired job has no manifest, and nothing else that is kept of it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'\"prompt\":5,\"tenant\":\"acme\"' | acme",
                "'\"prompt\":5' | default",
                "'\"prompt\":5,\"tenant\":null' | default",
                "'\"prompt\":\"a\",\"tenant\":\"Nobody\"' | ",
                "'\"prompt\":\"a\",\"tenant\":7' | ",
                "'\"prompt\":\"a\",\"deadline\":\"2020-01-01T00:00:00Z\"' | default",
                "'\"prompt\":\"a\",\"deadline\":\"2020-01-01T00:00:00Z\",\"tenant\":\"acme\"' | acme"
            })
    void theOutcomeSaysWhoseTheJobWas(String fields, String tenant) {
        rig.handle(IntakeRig.text("{\"id\":\"" + Jobs.ID + "\"," + fields + "}"));

        assertThat(rig.delivery.find(Jobs.ID).orElseThrow().tenant().map(TenantName::value))
                .isEqualTo(Optional.ofNullable(tenant));
    }

    @Test
    void refusesAHundredThousandCharacters() {
        String prompt = "a ".repeat(50_000);

        Ending ending =
                rig.handle(
                        IntakeRig.text(
                                "{\"id\":\"" + Jobs.ID + "\",\"prompt\":\"" + prompt + "\"}"));

        assertThat(ending).isEqualTo(Ending.reject());
        assertThat(onlyFailure().code()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(onlyFailure().message()).contains("100000 characters").hasSizeLessThan(500);
    }

    @Test
    void runsEmoji() {
        rig.handle(
                IntakeRig.text("{\"id\":\"" + Jobs.ID + "\",\"prompt\":\"a \ud83d\udc57 dress\"}"));

        assertThat(
                        PngImage.text(
                                rig.store.objects.get(ObjectKeys.image(Jobs.ID, 0)),
                                PictureParameters.KEYWORD))
                .get()
                .asString()
                .startsWith("a \ud83d\udc57 dress");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "null",
                "[]",
                "\"text\"",
                "{\"prompt\":\"a\"}",
                "{\"id\":7,\"prompt\":\"a\"}",
                "{\"id\":\"../../etc\",\"prompt\":\"a\"}"
            })
    void recordWithoutAnIdBecomesADeadLetter(String value) {
        assertThat(rig.handle(IntakeRig.text(value))).isEqualTo(Ending.reject());

        assertThat(rig.buried).hasSize(1);
        assertThat(rig.events.events).isEmpty();
    }

    @Test
    void recordTooLargeToReadBecomesADeadLetter() {
        byte[] large = new byte[300_000];
        java.util.Arrays.fill(large, (byte) ' ');

        assertThat(rig.handle(IntakeRig.record(large, 1))).isEqualTo(Ending.reject());

        assertThat(rig.buried)
                .singleElement()
                .satisfies(
                        e -> assertThat(e.reason().code()).isEqualTo(ErrorCode.MALFORMED_REQUEST));
    }

    @Test
    void whoIsNamedBesideAnUnreadableRecordIsTold() {
        byte[] broken = "{".getBytes(StandardCharsets.UTF_8);
        AcquiredRecord byKey = AcquiredRecords.of(Optional.of(OTHER_ID), broken, 1, Map.of());
        AcquiredRecord bySubject =
                AcquiredRecords.of(
                        Optional.of("no id"), broken, 1, Map.of("ce_subject", Jobs.ID.value()));

        rig.handle(byKey);
        rig.handle(bySubject);

        assertThat(rig.buried).hasSize(2);
        assertThat(rig.events.events)
                .extracting(JobEvent::jobId)
                .containsExactly(new JobId(OTHER_ID), Jobs.ID);
        assertThat(rig.events.types()).containsOnly("failed");
    }

    @Test
    void finishedJobIsNeverToldToHaveFailed() {
        rig.handle(IntakeRig.record(1));
        rig.events.events.clear();
        byte[] broken = "{".getBytes(StandardCharsets.UTF_8);

        rig.handle(IntakeRig.text("{\"id\":\"" + Jobs.ID + "\"}"));
        rig.handle(AcquiredRecords.of(Optional.of(Jobs.ID.value()), broken, 1, Map.of()));

        assertThat(rig.events.types()).containsOnly("succeeded");
    }

    @Test
    void storeThatIsAwayIsWaitedForBeforeTheJobIsGivenBack() {
        AtomicInteger operations = new AtomicInteger();
        rig.store.before =
                operation -> {
                    if (operations.incrementAndGet() <= 6) {
                        throw new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "away");
                    }
                };

        Ending ending = rig.handle(IntakeRig.record(1));

        assertThat(ending.kind()).isEqualTo(Ending.Kind.RELEASE);
        assertThat(operations.get()).isGreaterThan(6);
        assertThat(rig.events.events).isEmpty();
        assertThat(rig.handle(IntakeRig.record(2))).isEqualTo(Ending.accept());
        assertThat(rig.events.mileStones()).containsExactly("started", "succeeded");
    }

    @Test
    void workerThatStopsDoesNotWaitForTheStore() {
        Cancellation cancellation = new Cancellation();
        rig.store.before =
                operation -> {
                    cancellation.cancel(new DarkroomException(ErrorCode.NOT_READY, "stopping"));
                    throw new DarkroomException(ErrorCode.STORE_UNAVAILABLE, "away");
                };

        assertThat(rig.handler.handle(IntakeRig.record(1), cancellation).kind())
                .isEqualTo(Ending.Kind.RELEASE);
    }

    @Test
    void jobThatFailsForNowIsGivenBackLaterEachTime() {
        rig.stages.beforePrediction =
                calls -> {
                    throw new DarkroomException(ErrorCode.RESOURCE_EXHAUSTED, "out of memory");
                };

        Ending first = rig.handle(IntakeRig.record(1));
        Ending second = rig.handle(IntakeRig.record(2));

        assertThat(first.kind()).isEqualTo(Ending.Kind.RELEASE);
        assertThat(second.kind()).isEqualTo(Ending.Kind.RELEASE);
        assertThat(second.delay()).isGreaterThan(first.delay());
        assertThat(rig.buried).isEmpty();
    }

    @Test
    void failureOfThePlaceOnTheLastAttemptExhaustsIt() {
        rig.stages.beforePrediction =
                calls -> {
                    throw new DarkroomException(ErrorCode.RESOURCE_EXHAUSTED, "out of memory");
                };

        Ending ending = rig.handle(IntakeRig.record(IntakeRig.MAX_ATTEMPTS));

        assertThat(ending).isEqualTo(Ending.reject());
        assertThat(onlyFailure().code()).isEqualTo(ErrorCode.ATTEMPTS_EXHAUSTED);
        assertThat(onlyFailure().message()).contains("out of memory");
        assertThat(rig.buried).hasSize(1);
    }

    @Test
    void jobDeliveredTooOftenIsNotTriedAgain() {
        Ending ending = rig.handle(IntakeRig.record(IntakeRig.MAX_ATTEMPTS + 1));

        assertThat(ending).isEqualTo(Ending.reject());
        assertThat(onlyFailure().code()).isEqualTo(ErrorCode.ATTEMPTS_EXHAUSTED);
        assertThat(rig.buried).hasSize(1);
        assertThat(rig.stages.predictedRows).isEmpty();
    }

    @Test
    void permanentFailureIsBuriedAndTold() {
        rig.stages.beforePrediction =
                calls -> {
                    throw new IllegalStateException("a fault of ours");
                };

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.reject());

        assertThat(rig.buried).hasSize(1);
        assertThat(onlyFailure().code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(onlyFailure().attempt()).isEqualTo(1);
    }

    @Test
    void deadLetterSaysWhereTheJobFailed() {
        Runnable fault =
                () -> {
                    throw new IllegalStateException("a fault of ours");
                };
        rig.handle(IntakeRig.text("{"));
        rig.stages.beforeDecoding = fault;
        rig.handle(IntakeRig.record(1));
        // As of another job: this one has failed, and is not tried again.
        rig.store.objects.clear();
        rig.stages.beforePrediction = calls -> fault.run();
        rig.handle(IntakeRig.record(2));
        rig.store.objects.clear();
        rig.stages.closed = true;
        rig.handle(IntakeRig.record(2));

        assertThat(rig.buried)
                .extracting(GivenUp::stage)
                .containsExactly(
                        JobStage.TAKEN, JobStage.VAE_DECODER, JobStage.UNET, JobStage.TEXT_ENCODER);
        assertThat(rig.buried)
                .extracting(GivenUp::job)
                .startsWith(Optional.empty(), Optional.of(Jobs.ID));
        assertThat(rig.buried)
                .allSatisfy(why -> assertThat(why.worker()).isEqualTo("rig"))
                .last()
                .satisfies(why -> assertThat(why.reason().code()).isEqualTo(ErrorCode.INTERNAL));
    }

    @Test
    void deadLetterSaysThatStoringFailed() {
        rig.store.before =
                operation -> {
                    if (operation.startsWith("put")) {
                        throw new DarkroomException(ErrorCode.INTERNAL, "no such operation");
                    }
                };
        rig.handle(IntakeRig.record(1));

        assertThat(rig.buried).extracting(GivenUp::stage).containsExactly(JobStage.STORING);
    }

    @Test
    void memoryThatRunsOutIsNoFaultOfTheJob() {
        rig.stages.beforePrediction =
                calls -> {
                    throw new OutOfMemoryError("test");
                };

        assertThat(rig.handle(IntakeRig.record(1)).kind()).isEqualTo(Ending.Kind.RELEASE);
        assertThat(rig.buried).isEmpty();
    }

    @Test
    void keepsTryingToTellAndTellsOnce() {
        AtomicInteger buryings = new AtomicInteger();
        rig.beforeBurying =
                () -> {
                    if (buryings.incrementAndGet() < 3) {
                        throw new DarkroomException(ErrorCode.QUEUE_UNAVAILABLE, "away");
                    }
                };
        AtomicInteger publishings = new AtomicInteger();
        rig.events.before =
                event -> {
                    if (event instanceof JobEvent.Failed && publishings.incrementAndGet() < 3) {
                        throw new DarkroomException(ErrorCode.QUEUE_UNAVAILABLE, "away");
                    }
                };

        Ending ending = rig.handle(IntakeRig.record(IntakeRig.MAX_ATTEMPTS + 1));

        assertThat(ending).isEqualTo(Ending.reject());
        assertThat(rig.buried).hasSize(1);
        assertThat(rig.events.types()).containsExactly("failed");
    }

    @Test
    void recordThatCannotBeBuriedIsKeptUntilItCan() {
        AtomicInteger buryings = new AtomicInteger();
        rig.beforeBurying =
                () -> {
                    int tries = buryings.incrementAndGet();
                    if (tries == 1) {
                        throw new DarkroomException(ErrorCode.MISCONFIGURED, "not allowed");
                    } else if (tries == 2) {
                        throw new IllegalStateException("a fault of ours");
                    }
                };

        Ending ending = rig.handle(IntakeRig.record(IntakeRig.MAX_ATTEMPTS + 1));

        assertThat(ending).isEqualTo(Ending.reject());
        assertThat(rig.buried).hasSize(1);
        assertThat(onlyFailure().code()).isEqualTo(ErrorCode.ATTEMPTS_EXHAUSTED);
    }

    @Test
    void storeThatRefusesCredentialsCostsAJobNothing() {
        AtomicInteger operations = new AtomicInteger();
        rig.store.before =
                operation -> {
                    if (operations.incrementAndGet() <= 6) {
                        throw new DarkroomException(ErrorCode.MISCONFIGURED, "forbidden");
                    }
                };

        assertThat(rig.handle(IntakeRig.record(IntakeRig.MAX_ATTEMPTS))).isEqualTo(Ending.accept());

        assertThat(rig.events.mileStones()).containsExactly("started", "succeeded");
        assertThat(rig.buried).isEmpty();
    }

    @Test
    void failedJobIsKeptWhileTheStoreRefusesCredentials() {
        AtomicInteger refusals = new AtomicInteger();
        rig.stages.beforePrediction =
                calls -> {
                    rig.store.before =
                            operation -> {
                                if (refusals.incrementAndGet() <= 3) {
                                    throw new DarkroomException(
                                            ErrorCode.MISCONFIGURED, "forbidden");
                                }
                            };
                    throw new IllegalStateException("a fault of ours");
                };

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.reject());

        assertThat(refusals).hasValueGreaterThan(3);
        assertThat(rig.buried).hasSize(1);
        assertThat(onlyFailure().code()).isEqualTo(ErrorCode.INTERNAL);
    }

    @Test
    void workerThatStopsDoesNotWaitToBeLetIn() {
        Cancellation cancellation = new Cancellation();
        rig.store.before =
                operation -> {
                    cancellation.cancel(new DarkroomException(ErrorCode.NOT_READY, "stopping"));
                    throw new DarkroomException(ErrorCode.MISCONFIGURED, "forbidden");
                };

        assertThat(rig.handler.handle(IntakeRig.record(1), cancellation))
                .isEqualTo(Ending.release(java.time.Duration.ZERO));
        assertThat(rig.buried).isEmpty();
    }

    @Test
    void jobWhoseOutcomeIsDamagedIsBuriedAndTold() {
        rig.store.objects.put(
                ObjectKeys.outcome(Jobs.ID), "{\"job\":".getBytes(StandardCharsets.UTF_8));

        assertThat(rig.handle(IntakeRig.record(1))).isEqualTo(Ending.reject());

        assertThat(rig.buried).hasSize(1);
        assertThat(onlyFailure().code()).isEqualTo(ErrorCode.INTERNAL);
    }

    @Test
    void picturesInHandWaitForAStoreThatRefusesWrites() {
        AtomicInteger writes = new AtomicInteger();
        rig.store.before =
                operation -> {
                    int count = operation.equals("putIfAbsent") ? writes.incrementAndGet() : 99;
                    if (count <= 3 || count == 7) {
                        throw new DarkroomException(
                                count == 1 ? ErrorCode.MISCONFIGURED : ErrorCode.STORE_UNAVAILABLE,
                                "no room");
                    }
                };

        Ending ending = rig.handle(IntakeRig.record(IntakeRig.MAX_ATTEMPTS));

        assertThat(ending).isEqualTo(Ending.accept());
        assertThat(writes.get()).isGreaterThan(5);
        assertThat(rig.events.mileStones()).containsExactly("started", "succeeded");
        assertThat(rig.buried).isEmpty();
    }

    @Test
    void workerWhoseLockIsLostDoesNotTellThatTheJobFailed() {
        Cancellation cancellation = new Cancellation();
        rig.stages.beforePrediction =
                calls -> {
                    cancellation.cancel(new DarkroomException(ErrorCode.LOCK_LOST, "lost"));
                    throw new IllegalStateException("a fault of ours");
                };

        Ending ending = rig.handler.handle(IntakeRig.record(1), cancellation);

        assertThat(ending).isEqualTo(Ending.release(java.time.Duration.ZERO));
        assertThat(rig.buried).isEmpty();
        assertThat(rig.events.mileStones()).containsExactly("started");
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {"LOCK_LOST", "NOT_READY"})
    void workerThatLetsGoSaysNothingAboutTheJob(ErrorCode code) {
        Cancellation cancellation = new Cancellation();
        rig.stages.beforePrediction =
                calls -> cancellation.cancel(new DarkroomException(code, "stop"));

        Ending ending = rig.handler.handle(IntakeRig.record(IntakeRig.MAX_ATTEMPTS), cancellation);

        assertThat(ending).isEqualTo(Ending.release(java.time.Duration.ZERO));
        assertThat(rig.events.mileStones()).containsExactly("started");
        assertThat(rig.buried).isEmpty();
        assertThat(rig.store.writes).isEmpty();
    }

    @Test
    void cancelledWhileItCannotTellGivesTheRecordBack() {
        Cancellation cancellation = new Cancellation();
        rig.beforeBurying =
                () -> {
                    cancellation.cancel(new DarkroomException(ErrorCode.NOT_READY, "stopping"));
                    throw new DarkroomException(ErrorCode.QUEUE_UNAVAILABLE, "away");
                };

        Ending ending =
                rig.handler.handle(IntakeRig.record(IntakeRig.MAX_ATTEMPTS + 1), cancellation);

        assertThat(ending.kind()).isEqualTo(Ending.Kind.RELEASE);
    }

    @Test
    void modelIsGivenBackWhateverHappens() {
        rig.stages.beforePrediction =
                calls -> {
                    throw new IllegalStateException("broken");
                };
        rig.handle(IntakeRig.record(1));
        rig.models.close();

        assertThat(rig.stages.closed).isTrue();
    }

    private JobEvent.Failed onlyFailure() {
        List<JobEvent> ends = rig.events.events.stream().filter(JobEvent::isFinal).toList();
        assertThat(ends).hasSize(1);
        return (JobEvent.Failed) ends.get(0);
    }
}
