package dev.darkroom.producer.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.json.Json;
import dev.darkroom.producer.Jobs;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobStateTest {
    private static final JobEvent ACCEPTED = new JobEvent.Accepted(Jobs.ID, Jobs.at(1), Jobs.JOB);
    private static final JobEvent STARTED = started(1);
    private static final JobEvent SUCCEEDED = Jobs.succeeded(Jobs.JOB, 9);
    private static final JobEvent FAILED =
            new JobEvent.Failed(Jobs.ID, Jobs.at(9), 1, ErrorCode.GENERATION_FAILED, "NaN");

    @Test
    void goesFromAcceptedOverRunningToSucceeded() {
        JobState state = after(ACCEPTED);
        assertThat(state.status()).isEqualTo(JobStatus.ACCEPTED);
        state = state.with(STARTED);
        assertThat(state.status()).isEqualTo(JobStatus.RUNNING);
        assertThat(state.attempt()).get().extracting(Attempt::number).isEqualTo(1);
        state = state.with(progress(1, 5));
        assertThat(state.attempt()).get().extracting(Attempt::step).isEqualTo(5);
        state = state.with(SUCCEEDED);
        assertThat(state.status()).isEqualTo(JobStatus.SUCCEEDED);
        assertThat(state.acceptedAt()).contains(Jobs.at(1));
        assertThat(types(state)).containsExactly("accepted", "started", "progress", "succeeded");
        assertThat(numbers(state)).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void repeatedEventsChangeNothing() {
        JobState state = after(ACCEPTED, STARTED, progress(1, 5));
        assertThat(state.with(ACCEPTED)).isEqualTo(state);
        assertThat(state.with(STARTED)).isEqualTo(state);
        assertThat(state.with(progress(1, 5))).isEqualTo(state);
        JobState done = state.with(SUCCEEDED);
        assertThat(done.with(Jobs.succeeded(Jobs.JOB, 30))).isEqualTo(done);
    }

    @Test
    void anEndIsNeverTakenBack() {
        JobState failed = after(ACCEPTED, STARTED, FAILED);
        for (JobEvent late : List.of(ACCEPTED, STARTED, started(2), progress(2, 7), FAILED)) {
            assertThat(failed.with(late)).isEqualTo(failed);
        }
        JobState done = after(ACCEPTED, STARTED, SUCCEEDED);
        for (JobEvent late : List.of(ACCEPTED, STARTED, started(2), progress(2, 7), FAILED)) {
            assertThat(done.with(late)).isEqualTo(done);
        }
    }

    @Test
    void aResultOutweighsAFailure() {
        JobState state = after(ACCEPTED, STARTED, FAILED, SUCCEEDED);
        assertThat(state.status()).isEqualTo(JobStatus.SUCCEEDED);
    }

    @Test
    void progressOfALostAttemptIsPassedOver() {
        JobState state = after(ACCEPTED, STARTED, progress(1, 20), started(2));
        assertThat(state.with(progress(1, 21))).isEqualTo(state);
        assertThat(state.with(STARTED)).isEqualTo(state);
        assertThat(state.attempt()).get().extracting(Attempt::step).isEqualTo(0);
        JobState further = state.with(progress(2, 3));
        assertThat(further.attempt()).get().extracting(Attempt::step).isEqualTo(3);
        assertThat(further.with(progress(2, 2))).isEqualTo(further);
    }

    @Test
    void progressMayOvertakeTheStart() {
        JobState state = after(ACCEPTED, progress(2, 4));
        assertThat(state.status()).isEqualTo(JobStatus.RUNNING);
        JobState started = state.with(started(2));
        assertThat(started.attempt())
                .get()
                .satisfies(
                        now -> {
                            assertThat(now.worker()).contains("worker-2");
                            assertThat(now.step()).isEqualTo(4);
                        });
    }

    @Test
    void everyHistoryOfAStartedJobBeginsWithAccepted() {
        assertThat(types(after(STARTED))).containsExactly("accepted", "started");
        assertThat(types(after(STARTED, ACCEPTED))).containsExactly("accepted", "started");
    }

    @Test
    void aStrangersJobIsKnownFromItsRecordAlone() {
        JobState state = JobState.unheardOf(Jobs.ID).with(Jobs.record("only a prompt"), Jobs.at(3));
        assertThat(state.status()).isEqualTo(JobStatus.ACCEPTED);
        assertThat(state.seed()).isEqualTo(Jobs.ID.derivedSeed());
        assertThat(state.count()).isEqualTo(1);
        assertThat(state.acceptedAt()).contains(Jobs.at(3));
        assertThat(state.with(STARTED).request()).contains(Jobs.JOB.asRequest());
    }

    @Test
    void recordsAndEventsOfTwoTopicsMayComeInAnyOrder() {
        JobState one = after(SUCCEEDED).with(Jobs.record("a"), Jobs.at(1));
        JobState other =
                JobState.unheardOf(Jobs.ID).with(Jobs.record("a"), Jobs.at(1)).with(SUCCEEDED);
        assertThat(one).isEqualTo(other);
    }

    @Test
    void keepsOfAllProgressTheLatestOnly() {
        JobState state = after(ACCEPTED, STARTED);
        for (int step = 1; step <= 1000; step++) {
            state = state.with(progress(1, step));
        }
        assertThat(numbers(state)).containsExactly(1L, 2L, 1002L);
        assertThat(state.history().after(2))
                .get()
                .extracting(NumberedEvent::number)
                .isEqualTo(1002L);
        assertThat(state.history().after(1002)).isEmpty();
    }

    @Test
    void aHistoryIsBoundedWhateverIsWritten() {
        JobState state = after(ACCEPTED);
        for (int attempt = 1; attempt <= 1000; attempt++) {
            state = state.with(started(attempt));
        }
        assertThat(state.history().events()).hasSizeLessThanOrEqualTo(64);
        assertThat(state.history().last()).isEqualTo(1001);
    }

    @Test
    void aFaultOfOursTellsNothingOfItsInside() {
        JobState state = after(ACCEPTED, failed(ErrorCode.INTERNAL, "java.io.IOException: /srv/x"));
        assertThat(state.end())
                .get()
                .extracting(end -> ((JobEvent.Failed) end).message())
                .isEqualTo(ErrorCode.INTERNAL.title());
        assertThat(state.history().events().toString()).doesNotContain("/srv/x");
        assertThat(after(ACCEPTED, FAILED).history().events().toString()).contains("NaN");
    }

    @Test
    void messagesOfStrangersAreClipped() {
        JobState state =
                after(
                        new JobEvent.Started(
                                Jobs.ID, Jobs.at(2), "w".repeat(90_000), 1, Jobs.VERSION, Jobs.JOB),
                        failed(ErrorCode.GENERATION_FAILED, "x".repeat(900_000)));
        assertThat(state.toString()).hasSizeLessThan(10_000);
    }

    @Test
    void holdsThePromptOnce() {
        GenerationJob again = Json.read(Json.write(Jobs.JOB), GenerationJob.class);
        JobState state =
                JobState.unheardOf(Jobs.ID)
                        .with(new JobRecord(Jobs.ID, again.asRequest()), Jobs.at(1))
                        .with(ACCEPTED)
                        .with(
                                new JobEvent.Started(
                                        Jobs.ID, Jobs.at(2), "w", 1, Jobs.VERSION, again));
        assertThat(state.history().jobs())
                .hasSize(2)
                .allSatisfy(
                        job ->
                                assertThat(job.prompt())
                                        .isSameAs(state.request().orElseThrow().prompt()));
    }

    private static JobEvent failed(ErrorCode code, String message) {
        return new JobEvent.Failed(Jobs.ID, Jobs.at(9), 1, code, message);
    }

    private static JobState after(JobEvent... events) {
        JobState state = JobState.unheardOf(Jobs.ID);
        for (JobEvent event : events) {
            state = state.with(event);
        }
        return state;
    }

    private static JobEvent started(int attempt) {
        return new JobEvent.Started(
                Jobs.ID, Jobs.at(2), "worker-" + attempt, attempt, Jobs.VERSION, Jobs.JOB);
    }

    private static JobEvent progress(int attempt, int step) {
        return new JobEvent.Progress(Jobs.ID, Jobs.at(3), attempt, step, 1000, Optional.empty());
    }

    private static List<String> types(JobState state) {
        return state.history().events().stream().map(event -> event.event().type()).toList();
    }

    private static List<Long> numbers(JobState state) {
        return state.history().events().stream().map(NumberedEvent::number).toList();
    }
}
