package dev.darkroom.producer.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.StageTimings;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.outcome.JobOutcomes;
import dev.darkroom.producer.Jobs;
import dev.darkroom.producer.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobDirectoryTest {
    private static final TenantName ACME = new TenantName("acme");

    private final JobBoard board = new JobBoard(100);
    private final MemoryStore store = new MemoryStore();
    private boolean reached = true;
    private Runnable whileReading = () -> {};
    private final JobDirectory directory =
            new JobDirectory(
                    board,
                    new Results(store),
                    wait -> {
                        whileReading.run();
                        return reached;
                    });

    @Test
    void answersNothingBeforeTheTopicsWereRead() {
        board.happened(new JobEvent.Accepted(Jobs.ID, Jobs.at(1), Jobs.JOB));
        assertThat(refusal()).isEqualTo(ErrorCode.NOT_READY);
        assertThat(directory.isOpen()).isFalse();
        assertThat(directory.catchUp(java.time.Duration.ZERO)).isTrue();
        assertThat(directory.require(Jobs.ID).status()).isEqualTo(JobStatus.ACCEPTED);
    }

    @Test
    void readsToTheEndBeforeItSaysUnknown() {
        open();
        assertThat(refusal()).isEqualTo(ErrorCode.UNKNOWN_JOB);
        whileReading = () -> board.happened(new JobEvent.Accepted(Jobs.ID, Jobs.at(1), Jobs.JOB));
        assertThat(directory.require(Jobs.ID).id()).isEqualTo(Jobs.ID);
    }

    @Test
    void doesNotSayUnknownWhereItCannotKnow() {
        open();
        reached = false;
        assertThat(refusal()).isEqualTo(ErrorCode.NOT_READY);
    }

    @Test
    void theBucketAnswersForForgottenJobs() {
        open();
        storeResult();

        JobState state = directory.require(Jobs.ID);

        assertThat(state.status()).isEqualTo(JobStatus.SUCCEEDED);
        assertThat(state.request()).contains(Jobs.JOB.asRequest());
        assertThat(state.attempt()).get().extracting(Attempt::number).isEqualTo(2);
        assertThat(state.history().events())
                .extracting(event -> event.event().type())
                .containsExactly("succeeded");
    }

    @Test
    void manifestsAreReadOnce() {
        open();
        theBucketAnswersForForgottenJobs();
        int reads = store.reads();
        directory.require(Jobs.ID);
        assertThat(store.reads()).isEqualTo(reads);
    }

    @Test
    void theBucketAnswersForJobsWhoseEventsAreGone() {
        open();
        board.seen(Jobs.record("a red sneaker"), Jobs.at(1));
        assertThat(directory.require(Jobs.ID).status()).isEqualTo(JobStatus.ACCEPTED);
        storeResult();

        JobState state = directory.require(Jobs.ID);

        assertThat(state.status()).isEqualTo(JobStatus.SUCCEEDED);
        assertThat(state.acceptedAt()).contains(Jobs.at(1));
        assertThat(state.attempt()).get().extracting(Attempt::worker).isEqualTo(Optional.of("w"));
        assertThat(directory.latest(1, any -> true)).containsExactly(state);
        board.happened(Jobs.succeeded(Jobs.JOB, 20));
        assertThat(directory.require(Jobs.ID)).isEqualTo(state);
    }

    @Test
    void tellsWhatItKnowsOfAWaitingJobWhileTheBucketDoesNotAnswer() {
        open();
        board.seen(Jobs.record("a red sneaker"), Jobs.at(1));
        store.fail();
        assertThat(directory.require(Jobs.ID).status()).isEqualTo(JobStatus.ACCEPTED);
    }

    @Test
    void doesNotSayUnknownWhereItHadNoRoomForAllThatWait() {
        JobBoard small = new JobBoard(1);
        JobDirectory crowded = new JobDirectory(small, new Results(store), wait -> true);
        crowded.catchUp(java.time.Duration.ZERO);
        assertThat(refusal(crowded)).isEqualTo(ErrorCode.UNKNOWN_JOB);
        assertThat(crowded.isKnown(Jobs.ID)).isFalse();

        for (long number = 1; number <= 5; number++) {
            small.seen(new JobRecord(Jobs.id(number), GenerationRequest.of("x")), Jobs.at(number));
        }

        assertThat(crowded.isKnown(Jobs.id(99))).as("never there").isFalse();
        assertThat(
                        catchThrowableOfType(
                                        DarkroomException.class, () -> crowded.require(Jobs.id(99)))
                                .code())
                .isEqualTo(ErrorCode.UNKNOWN_JOB);
        assertThat(refusal(crowded)).isEqualTo(ErrorCode.NOT_READY);
        assertThat(
                        catchThrowableOfType(
                                        DarkroomException.class, () -> crowded.isKnown(Jobs.id(1)))
                                .code())
                .isEqualTo(ErrorCode.NOT_READY);
    }

    @Test
    void theOutcomeSaysWhoseAForgottenJobWas() {
        open();
        new JobOutcomes(store)
                .decide(
                        JobOutcome.without(new JobEvent.Expired(Jobs.ID, Jobs.at(2), Jobs.at(1)))
                                .by(ACME));

        assertThat(directory.require(Jobs.ID).tenant()).contains(ACME);
        assertThat(directory.require(Jobs.ID).status()).isEqualTo(JobStatus.EXPIRED);
        assertThat(directory.tenant(Jobs.ID)).isEqualTo(ACME);
    }

    /** Its end is told a second time, long after the record was removed. */
    @Test
    void theOutcomeSaysWhoseAJobWasOfWhichOnlyTheEndIsTold() {
        open();
        JobEvent end = new JobEvent.Failed(Jobs.ID, Jobs.at(2), 5, ErrorCode.INTERNAL, "x");
        new JobOutcomes(store).decide(JobOutcome.without(end).by(ACME));
        board.happened(end);

        assertThat(directory.tenant(Jobs.ID)).isEqualTo(ACME);
        assertThat(directory.require(Jobs.ID).tenant()).contains(ACME);

        board.happened(new JobEvent.Cancelled(Jobs.id(2), Jobs.at(2)));
        store.fail();
        assertThat(
                        catchThrowableOfType(
                                        DarkroomException.class, () -> directory.tenant(Jobs.id(2)))
                                .code())
                .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    }

    /** Earlier versions wrote no tenant. */
    @Test
    void whereTheOutcomeDoesNotSayItTheJobIsNobodys() {
        open();
        store.put(
                ObjectKeys.outcome(Jobs.ID),
                ("{\"end\":{\"type\":\"cancelled\",\"jobId\":\""
                                + Jobs.ID
                                + "\",\"at\":\"2026-01-31T12:00:00Z\"}}")
                        .getBytes(StandardCharsets.UTF_8),
                "application/json");
        assertThat(directory.require(Jobs.ID).tenant()).isEmpty();
        assertThat(directory.tenant(Jobs.ID)).isEqualTo(TenantName.DEFAULT);
    }

    private void storeResult() {
        ResultManifest manifest =
                new ResultManifest(
                        Jobs.JOB,
                        Jobs.VERSION,
                        List.of(
                                new StoredImage(
                                        0, ObjectKeys.image(Jobs.ID, 0), 9, "0f".repeat(32), 7)),
                        2,
                        "w",
                        new StageTimings(1, 2, 3, 4),
                        Jobs.at(9));
        store.put(ObjectKeys.result(Jobs.ID), Json.write(manifest), "application/json");
    }

    private void open() {
        directory.catchUp(java.time.Duration.ZERO);
    }

    private ErrorCode refusal() {
        return refusal(directory);
    }

    private static ErrorCode refusal(JobDirectory of) {
        return catchThrowableOfType(DarkroomException.class, () -> of.require(Jobs.ID)).code();
    }
}
