package dev.darkroom.platform.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.TestJobs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CanaryWatchTest {
    private static final ModelName MODEL = new ModelName("watched");
    private static final CheckpointVersion OLD = new CheckpointVersion("00000000000a");
    private static final CheckpointVersion NEW = new CheckpointVersion("00000000000b");
    private static final CheckpointVersion THIRD = new CheckpointVersion("00000000000c");
    private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
    private static final CanaryWatch.Rules RULES =
            new CanaryWatch.Rules(
                    Duration.ofMinutes(30),
                    Duration.ofMinutes(10),
                    Duration.ofMinutes(20),
                    3,
                    20,
                    0.1);

    private final CanaryWatch watch = new CanaryWatch(MODEL, RULES);
    private Promotion lastPromotion = Promotion.of(id(OLD), START);
    private Instant now = START;
    private int jobs;

    @Test
    void waitsWhereNothingIsOnTrial() {
        promoted(OLD);
        ended(OLD, 5, ErrorCode.GENERATION_FAILED);

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    @Test
    void promotesACanaryThatFailsNoMoreThanTheOld() {
        trial();
        succeeded(NEW, 19);
        pass(Duration.ofMinutes(10));
        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
        succeeded(NEW, 1);

        CanaryWatch.Decision decision = watch.decide(now);

        assertThat(decision.verdict()).isEqualTo(CanaryWatch.Verdict.PROMOTE);
        assertThat(decision.target()).contains(NEW);
        assertThat(decision.reason()).contains("0 of 20 jobs failed");
    }

    @Test
    void triesACanaryForItsWholeTime() {
        trial();
        succeeded(NEW, 200);
        pass(Duration.ofMinutes(9));

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    @Test
    void rollsBackACanaryThatFailsMoreThanTheOld() {
        trial();
        succeeded(OLD, 20);
        succeeded(NEW, 10);
        ended(NEW, 2, ErrorCode.GENERATION_FAILED);
        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
        ended(NEW, 1, ErrorCode.GENERATION_FAILED);

        CanaryWatch.Decision decision = watch.decide(now);

        assertThat(decision.verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
        assertThat(decision.target()).contains(OLD);
        assertThat(decision.reason()).contains("3 of 13 jobs failed", "0 of 20 jobs failed");
    }

    @Test
    void blamesNobodyForWhatBothSuffer() {
        trial();
        ended(OLD, 10, ErrorCode.ATTEMPTS_EXHAUSTED);
        ended(NEW, 10, ErrorCode.ATTEMPTS_EXHAUSTED);

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    @ParameterizedTest
    @EnumSource(names = {"INVALID_REQUEST", "UNSUPPORTED_SIZE", "UNKNOWN_MODEL"})
    void askersFaultsDoNotCount(ErrorCode code) {
        trial();
        ended(NEW, 100, code);
        pass(Duration.ofMinutes(10));

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    @Test
    void jobsThatAskersTookBackDoNotCount() {
        trial();
        for (int i = 0; i < 100; i++) {
            watch.accept(new JobEvent.Cancelled(startTimes(1, NEW), now));
        }
        pass(Duration.ofMinutes(10));

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    @Test
    void versionThatKillsItsWorkersIsRolledBack() {
        trial();
        List<JobId> lost = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            JobId job = startTimes(2, NEW);
            watch.accept(started(job, NEW, MODEL, 2));
            lost.add(job);
        }
        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
        lost.forEach(job -> watch.accept(started(job, NEW, MODEL, 3)));

        CanaryWatch.Decision decision = watch.decide(now);

        assertThat(decision.verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
        assertThat(decision.reason()).contains("3 of 3 jobs failed");
    }

    /** As many as a worker has at once, and it was killed for another reason. */
    @Test
    void jobsThatAreDeliveredAgainAndSucceedHaveSucceeded() {
        promoted(OLD);
        promoted(NEW);
        List<JobId> again = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            again.add(startTimes(2, NEW));
        }
        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
        again.forEach(this::succeed);

        CanaryWatch.Decision decision = watch.decide(now);

        assertThat(decision.verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
        assertThat(decision.reason()).contains("0 of 16 jobs failed");
    }

    @Test
    void jobThatWasTakenForLostCountsByItsEnd() {
        trial();
        succeed(startTimes(4, NEW));
        watch.accept(new JobEvent.Cancelled(startTimes(4, NEW), now));
        watch.accept(new JobEvent.Expired(startTimes(4, NEW), now, now));
        fail(startTimes(4, NEW), ErrorCode.INVALID_REQUEST);
        fail(startTimes(4, NEW), ErrorCode.INTERNAL);

        assertThat(watch.decide(now).reason()).contains(NEW + ": 1 of 2 jobs failed");
    }

    @Test
    void jobThatFailsOnEachDeliveryCountsOnce() {
        trial();
        fail(startTimes(5, NEW), ErrorCode.ATTEMPTS_EXHAUSTED);

        CanaryWatch.Decision decision = watch.decide(now);

        assertThat(decision.verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
        assertThat(decision.reason()).contains(NEW + ": 1 of 1 jobs failed");
    }

    @Test
    void eventsThatComeTwiceOrLateCountOnce() {
        trial();
        for (int i = 0; i < 2; i++) {
            JobId job = startTimes(2, NEW);
            fail(job, ErrorCode.INTERNAL);
            watch.accept(started(job, NEW, MODEL, 2));
            watch.accept(started(job, NEW, MODEL, 3));
            fail(job, ErrorCode.INTERNAL);
        }

        assertThat(watch.decide(now).reason()).contains(NEW + ": 2 of 2 jobs failed");
    }

    @Test
    void failureCountsForTheVersionThatHadTheJobLast() {
        trial();
        for (int i = 0; i < 3; i++) {
            JobId job = startTimes(2, NEW);
            watch.accept(started(job, OLD, MODEL, 3));
            watch.accept(started(job, NEW, MODEL, 2));
            fail(job, ErrorCode.INTERNAL);
        }

        assertThat(watch.decide(now).reason())
                .contains(NEW + ": 0 of 0 jobs failed", OLD + ": 3 of 3 jobs failed");
    }

    @Test
    void jobsThatWereLostLongAgoAreForgotten() {
        trial();
        for (int i = 0; i < 3; i++) {
            startTimes(3, NEW);
        }
        pass(Duration.ofMinutes(31));

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    @Test
    void oldFailuresAreForgotten() {
        trial();
        ended(NEW, 3, ErrorCode.INTERNAL);
        pass(Duration.ofMinutes(31));

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    @Test
    void refusalByAWorkerEndsTheTrial() {
        trial();
        watch.accept(refused(OLD));
        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
        watch.accept(refused(NEW));

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
        promoted(OLD);
        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    @Test
    void refusalThatIsReadBeforeItsPromotionCounts() {
        promoted(OLD);
        watch.accept(refused(NEW));
        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);

        watch.follow(promotion(OLD, Optional.of(new Promotion.Canary(NEW, 10))));

        CanaryWatch.Decision decision = watch.decide(now);
        assertThat(decision.verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
        assertThat(decision.target()).contains(OLD);
        assertThat(decision.reason()).contains("worker-1 refuses it", "does not load");
    }

    @ParameterizedTest
    @ValueSource(longs = {-86_400, 86_400})
    void workersClockDoesNotMatter(long secondsAhead) {
        trial();

        watch.accept(refused(NEW, now.plusSeconds(secondsAhead), Optional.of(now)));

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
    }

    @Test
    void refusalOfAnEarlierPromotionDoesNotCount() {
        trial();
        watch.accept(refused(NEW));
        pass(Duration.ofMinutes(1));
        promoted(OLD);
        pass(Duration.ofMinutes(1));
        watch.follow(promotion(OLD, Optional.of(new Promotion.Canary(NEW, 10))));
        watch.accept(refused(NEW, now, Optional.empty()));

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    @Test
    void refusalAtASmallerShareCountsWhenTheShareHasGrown() {
        trial();
        CheckpointEvent before = refused(NEW);
        pass(Duration.ofMinutes(1));
        watch.follow(promotion(OLD, Optional.of(new Promotion.Canary(NEW, 50))));

        watch.accept(before);

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
    }

    @Test
    void triesNothingOnceAVersionHasServedItsProbation() {
        promoted(OLD);
        assertThat(watch.isTrying(now)).isFalse();
        promoted(NEW);
        assertThat(watch.isTrying(now)).isTrue();
        assertThat(watch.isTrying(now.plus(Duration.ofMinutes(21)))).isFalse();
        trial();
        assertThat(watch.isTrying(now.plus(Duration.ofDays(1)))).isTrue();
    }

    @Test
    void jobsThatAreToldAgainCountOnce() {
        trial();
        ended(NEW, 2, ErrorCode.GENERATION_FAILED);
        watch.forgetJobs();
        ended(NEW, 2, ErrorCode.GENERATION_FAILED);
        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);

        ended(NEW, 1, ErrorCode.GENERATION_FAILED);

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
    }

    @Test
    void watchesAPromotedVersionForAWhile() {
        promoted(OLD);
        succeeded(OLD, 20);
        pass(Duration.ofMinutes(1));
        promoted(NEW);
        succeeded(NEW, 100);
        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
        ended(NEW, 20, ErrorCode.GENERATION_FAILED);

        CanaryWatch.Decision decision = watch.decide(now);
        assertThat(decision.verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
        assertThat(decision.target()).contains(OLD);

        pass(Duration.ofMinutes(21));
        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    @Test
    void judgesAVersionThatWasPromotedBeforeTheWatchBegan() {
        watch.follow(promotion(OLD, Optional.empty()).followedBy(NEW, now));
        ended(NEW, 3, ErrorCode.INTERNAL);

        CanaryWatch.Decision decision = watch.decide(now);
        assertThat(decision.verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
        assertThat(decision.target()).contains(OLD);
    }

    @Test
    void remembersWhatTheVersionBeforeDidUntilItsPromotion() {
        CanaryWatch lasting = shortSighted();
        promote(lasting, Promotion.of(id(OLD), now));
        end(lasting, OLD, 10, 10);
        pass(Duration.ofMinutes(1));
        promote(lasting, lastPromotion.followedBy(NEW, now));
        pass(Duration.ofMinutes(19));
        end(lasting, NEW, 5, 5);
        assertThat(lasting.decide(now).verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
        end(lasting, NEW, 0, 10);

        CanaryWatch.Decision decision = lasting.decide(now);

        assertThat(decision.verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
        assertThat(decision.reason())
                .contains(NEW + ": 15 of 20 jobs failed", OLD + ": 10 of 20 jobs failed");
    }

    /** As after a restart: promotions are read first, then the jobs from before them. */
    @Test
    void readsBackWhatTheVersionBeforeDid() {
        CanaryWatch fresh = shortSighted();
        Instant promoted = now.plus(Duration.ofMinutes(5));
        promote(fresh, Promotion.of(id(OLD), now).followedBy(NEW, promoted));
        assertThat(fresh.countsSince(promoted.plus(Duration.ofMinutes(19))))
                .contains(promoted.minus(Duration.ofMinutes(10)));
        end(fresh, OLD, 10, 10);
        now = promoted.plus(Duration.ofMinutes(19));
        end(fresh, NEW, 5, 5);

        CanaryWatch.Decision decision = fresh.decide(now);

        assertThat(decision.verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
        assertThat(decision.reason()).contains(OLD + ": 10 of 20 jobs failed");
    }

    @Test
    void askersFaultsBeforeAPromotionDoNotCount() {
        CanaryWatch lasting = shortSighted();
        promote(lasting, Promotion.of(id(OLD), now));
        for (int i = 0; i < 20; i++) {
            fail(lasting, startTimes(lasting, 1, OLD), ErrorCode.INVALID_REQUEST);
        }
        end(lasting, OLD, 20, 0);
        promote(lasting, lastPromotion.followedBy(NEW, now));
        pass(Duration.ofMinutes(15));
        end(lasting, NEW, 7, 3);

        CanaryWatch.Decision decision = lasting.decide(now);

        assertThat(decision.verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
        assertThat(decision.reason()).contains(OLD + ": 0 of 20 jobs failed");
    }

    @Test
    void oneJobBesideThatFailsDoesNotExcuseAVersion() {
        CanaryWatch lasting = shortSighted();
        promote(lasting, Promotion.of(id(OLD), now));
        end(lasting, OLD, 20, 0);
        promote(lasting, lastPromotion.followedBy(NEW, now));
        pass(Duration.ofMinutes(15));
        end(lasting, OLD, 0, 1);
        end(lasting, NEW, 0, 3);

        assertThat(lasting.decide(now).verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
    }

    @Test
    void whatCameBackIsNotJudgedByWhoBeginsToWatchLater() {
        Promotion third = Promotion.of(id(OLD), now).followedBy(NEW, now).followedBy(THIRD, now);
        watch.follow(third.rolledBack(any -> true, now).orElseThrow());
        ended(NEW, 50, ErrorCode.INTERNAL);
        assertThat(watch.isTrying(now)).isFalse();
        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);

        CanaryWatch later = new CanaryWatch(MODEL, RULES);
        later.follow(third);
        later.follow(third.rolledBack(any -> true, now).orElseThrow());
        assertThat(later.isTrying(now)).isFalse();
    }

    @Test
    void versionThatHasServedForLongIsNotJudgedAnewWhereATrialBesideItHasEnded() {
        Promotion old = Promotion.of(id(OLD), now).followedBy(NEW, now);
        pass(Duration.ofHours(1));
        watch.follow(old.withCanary(new Promotion.Canary(THIRD, 10), now).withoutCanary(now));
        ended(NEW, 50, ErrorCode.INTERNAL);

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    @Test
    void goesBackToTheVersionThatServedAlthoughItsPromotionIsCompactedAway() {
        Promotion first = Promotion.of(id(OLD), now);
        watch.follow(first);
        watch.follow(first.followedBy(NEW, now).followedBy(THIRD, now));
        ended(THIRD, 3, ErrorCode.INTERNAL);

        assertThat(watch.decide(now).target()).contains(NEW);
    }

    @Test
    void rollbackIsNotRolledBack() {
        promoted(OLD);
        promoted(NEW);
        ended(NEW, 3, ErrorCode.INTERNAL);
        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.ROLLBACK);
        promoted(OLD);
        ended(OLD, 50, ErrorCode.INTERNAL);

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    @Test
    void growingShareIsTheSameTrial() {
        trial();
        succeeded(NEW, 20);
        pass(Duration.ofMinutes(6));
        watch.follow(promotion(OLD, Optional.of(new Promotion.Canary(NEW, 50))));
        pass(Duration.ofMinutes(6));

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.PROMOTE);
    }

    @Test
    void otherModelsDoNotCount() {
        trial();
        ModelName other = new ModelName("other");
        for (int i = 0; i < 10; i++) {
            JobId job = id();
            watch.accept(started(job, NEW, other, 1));
            watch.accept(new JobEvent.Failed(job, now, 1, ErrorCode.INTERNAL, "x"));
        }

        assertThat(verdict()).isEqualTo(CanaryWatch.Verdict.WAIT);
    }

    /** Forgets jobs long before a probation is over. */
    private static CanaryWatch shortSighted() {
        return new CanaryWatch(
                MODEL,
                new CanaryWatch.Rules(
                        Duration.ofMinutes(10),
                        Duration.ofMinutes(10),
                        Duration.ofMinutes(20),
                        3,
                        20,
                        0.1));
    }

    private static CheckpointId id(CheckpointVersion version) {
        return new CheckpointId(MODEL, version);
    }

    private void promote(CanaryWatch told, Promotion promotion) {
        lastPromotion = promotion;
        told.follow(promotion);
    }

    private void end(CanaryWatch told, CheckpointVersion version, int succeeded, int failed) {
        for (int i = 0; i < succeeded + failed; i++) {
            JobId job = startTimes(told, 1, version);
            if (i < failed) {
                fail(told, job, ErrorCode.GENERATION_FAILED);
            } else {
                told.accept(new JobEvent.Succeeded(job, now, 1, 1, ObjectKeys.result(job)));
            }
        }
        told.decide(now);
    }

    private CanaryWatch.Verdict verdict() {
        return watch.decide(now).verdict();
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }

    private void promoted(CheckpointVersion version) {
        watch.follow(promotion(version, Optional.empty()));
    }

    private void trial() {
        promoted(OLD);
        watch.follow(promotion(OLD, Optional.of(new Promotion.Canary(NEW, 10))));
    }

    private Promotion promotion(CheckpointVersion version, Optional<Promotion.Canary> canary) {
        return new Promotion(MODEL, version, now, canary);
    }

    private void succeeded(CheckpointVersion version, int count) {
        for (int i = 0; i < count; i++) {
            succeed(startTimes(1, version));
        }
    }

    private void succeed(JobId job) {
        watch.accept(new JobEvent.Succeeded(job, now, 1, 1, ObjectKeys.result(job)));
    }

    private void ended(CheckpointVersion version, int count, ErrorCode code) {
        for (int i = 0; i < count; i++) {
            fail(startTimes(1, version), code);
        }
    }

    private void fail(JobId job, ErrorCode code) {
        fail(watch, job, code);
    }

    private void fail(CanaryWatch told, JobId job, ErrorCode code) {
        told.accept(new JobEvent.Failed(job, now, 1, code, "x"));
    }

    /** Of a new job. */
    private JobId startTimes(int times, CheckpointVersion version) {
        return startTimes(watch, times, version);
    }

    private JobId startTimes(CanaryWatch told, int times, CheckpointVersion version) {
        JobId job = id();
        for (int attempt = 1; attempt <= times; attempt++) {
            told.accept(started(job, version, MODEL, attempt));
        }
        return job;
    }

    private JobId id() {
        return JobId.of(new UUID(1, jobs++));
    }

    private JobEvent started(JobId job, CheckpointVersion version, ModelName model, int attempt) {
        return new JobEvent.Started(
                job, now, "worker-1", attempt, version, TestJobs.of(job, model));
    }

    /** Of the promotion of now. */
    private CheckpointEvent refused(CheckpointVersion version) {
        return refused(version, now, Optional.of(now));
    }

    private static CheckpointEvent refused(
            CheckpointVersion version, Instant at, Optional<Instant> promotedAt) {
        return new CheckpointEvent.Refused(
                MODEL,
                version,
                at,
                "worker-1",
                ErrorCode.CORRUPT_CHECKPOINT,
                "does not load",
                promotedAt);
    }
}
