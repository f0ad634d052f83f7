package dev.darkroom.producer.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.StageTimings;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.producer.Jobs;
import dev.darkroom.producer.MemoryStore;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobDirectoryTest {
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
        return catchThrowableOfType(DarkroomException.class, () -> directory.require(Jobs.ID))
                .code();
    }
}
