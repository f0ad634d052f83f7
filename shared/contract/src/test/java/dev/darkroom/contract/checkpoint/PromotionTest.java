package dev.darkroom.contract.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.schema.Samples;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromotionTest {
    private static final int JOBS = 20_000;

    @Test
    void withoutCanaryEveryJobGetsTheVersion() {
        assertThat(jobsOnTrial(Samples.promotion())).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 50, 99})
    void canaryGetsItsShare(int percent) {
        double share = 100.0 * jobsOnTrial(Samples.trial(percent)) / JOBS;

        // Four standard deviations of a fair draw are at most 1.4.
        assertThat(share).isCloseTo(percent, within(1.5));
    }

    /** As the wire's README gives it for Python. */
    @Test
    void jobIsChosenByTheCrcOfItsId() {
        // zlib.crc32(b"5c0a63c1-8a6e-4a0e-9d5c-0d8f5d0c7f11") % 100
        JobId job = new JobId("5c0a63c1-8a6e-4a0e-9d5c-0d8f5d0c7f11");
        int draw = 61;

        assertThat(Samples.trial(draw).choose(job)).isEqualTo(Samples.trial(draw).id());
        assertThat(Samples.trial(draw + 1).choose(job))
                .isEqualTo(Samples.trial(draw + 1).canaryId().orElseThrow());
    }

    @Test
    void recordsOfEarlierVersionsHaveNoCanary() {
        String json =
                "{\"model\":\"m\",\"version\":\"0a1b2c3d4e5f\",\"promotedAt\":\"2026-01-31T12:00:00Z\"}";

        assertThat(
                        Json.readTolerant(json.getBytes(StandardCharsets.UTF_8), Promotion.class)
                                .canary())
                .isEmpty();
    }

    @Test
    void readsBackItsCanary() {
        Promotion trial = Samples.trial(10);

        assertThat(Json.read(Json.write(trial), Promotion.class)).isEqualTo(trial);
    }

    @Test
    void refusesACanaryThatServesAlready() {
        assertThatExceptionOfType(DarkroomException.class)
                .isThrownBy(
                        () ->
                                new Promotion(
                                        Samples.MODEL,
                                        Samples.OTHER_VERSION,
                                        Samples.AT,
                                        Samples.trial(10).canary()))
                .withMessageContaining("serves already");
    }

    @Test
    void twoRollbacksInARowGoTwoStepsBack() {
        Promotion third =
                Promotion.of(new CheckpointId(Samples.MODEL, version(1)), Samples.AT)
                        .followedBy(version(2), Samples.AT)
                        .followedBy(version(3), Samples.AT);

        Promotion second = third.rolledBack(any -> true, Samples.AT).orElseThrow();
        Promotion first = second.rolledBack(any -> true, Samples.AT).orElseThrow();

        assertThat(second.version()).isEqualTo(version(2));
        assertThat(first.version()).isEqualTo(version(1));
        assertThat(first.rolledBack(any -> true, Samples.AT)).isEmpty();
        // What is promoted after a rollback goes back to what served before it, not to the third.
        assertThat(
                        second.followedBy(version(4), Samples.AT)
                                .rolledBack(any -> true, Samples.AT)
                                .orElseThrow()
                                .version())
                .isEqualTo(version(2));
    }

    @Test
    void saysSinceWhenItsVersionIsNewAndNothingOfOneThatCameBack() {
        Instant later = Samples.AT.plusSeconds(60);
        Promotion second =
                Promotion.of(new CheckpointId(Samples.MODEL, version(1)), Samples.AT)
                        .followedBy(version(2), Samples.AT);
        Promotion tried = second.withCanary(new Promotion.Canary(version(3), 10), later);

        assertThat(second.newSince()).contains(Samples.AT);
        assertThat(tried.newSince()).contains(Samples.AT);
        assertThat(tried.withoutCanary(later).newSince()).contains(Samples.AT);
        assertThat(tried.followedBy(version(2), later).newSince()).contains(Samples.AT);
        assertThat(tried.followedBy(version(3), later).newSince()).contains(later);
        assertThat(second.rolledBack(any -> true, later).orElseThrow().newSince()).isEmpty();
        assertThat(second.followedBy(version(1), later).newSince()).isEmpty();
    }

    @Test
    void rollingBackEndsATrialFirst() {
        Promotion trial =
                Promotion.of(new CheckpointId(Samples.MODEL, version(1)), Samples.AT)
                        .followedBy(version(2), Samples.AT)
                        .withCanary(new Promotion.Canary(version(3), 10), Samples.AT);

        Promotion back = trial.rolledBack(any -> true, Samples.AT).orElseThrow();

        assertThat(back.version()).isEqualTo(version(2));
        assertThat(back.canary()).isEmpty();
        assertThat(back.rolledBack(any -> true, Samples.AT).orElseThrow().version())
                .isEqualTo(version(1));
    }

    @Test
    void rollingBackPassesOverVersionsThatAreGone() {
        Promotion third =
                Promotion.of(new CheckpointId(Samples.MODEL, version(1)), Samples.AT)
                        .followedBy(version(2), Samples.AT)
                        .followedBy(version(3), Samples.AT);

        assertThat(
                        third.rolledBack(any -> !any.equals(version(2)), Samples.AT)
                                .orElseThrow()
                                .version())
                .isEqualTo(version(1));
    }

    private static CheckpointVersion version(int number) {
        return new CheckpointVersion(String.format("%012d", number));
    }

    private static long jobsOnTrial(Promotion promotion) {
        return IntStream.range(0, JOBS)
                .mapToObj(i -> JobId.of(new UUID(0x1234_5678_4000L, 0x8000_0000_0000_0000L + i)))
                .filter(job -> !promotion.choose(job).equals(promotion.id()))
                .count();
    }
}
