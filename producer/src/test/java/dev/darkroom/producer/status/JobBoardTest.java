package dev.darkroom.producer.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.producer.Jobs;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class JobBoardTest {
    @Test
    void forgetsTheOldestFinishedJobFirst() {
        JobBoard board = new JobBoard(3);
        LongStream.rangeClosed(1, 3).forEach(number -> accept(board, number, "x"));
        succeed(board, 3);
        succeed(board, 2);
        accept(board, 4, "x");

        assertThat(board.find(Jobs.id(3))).isEmpty();
        assertThat(board.find(Jobs.id(1))).isPresent();
        assertThat(board.find(Jobs.id(2))).isPresent();

        accept(board, 5, "x");
        assertThat(board.find(Jobs.id(2))).isEmpty();
        assertThat(board.size()).isEqualTo(3);
    }

    @Test
    void whereNothingIsFinishedTheOldestLoseTheirTextsUntilTheyBegin() {
        JobBoard board = new JobBoard(3);
        LongStream.rangeClosed(1, 4).forEach(number -> accept(board, number, "x"));
        assertThat(board.size()).isEqualTo(4);
        assertThat(board.find(Jobs.id(4))).get().matches(state -> !state.shortened());
        JobState shortened = board.find(Jobs.id(1)).orElseThrow();
        assertThat(shortened.shortened()).isTrue();
        assertThat(shortened.status()).isEqualTo(JobStatus.ACCEPTED);
        assertThat(shortened.acceptedAt()).contains(Jobs.at(1));
        assertThat(shortened.seed()).isEqualTo(Jobs.id(1).derivedSeed());
        assertThat(shortened.request().orElseThrow())
                .as("held once")
                .isSameAs(board.find(Jobs.id(2)).orElseThrow().request().orElseThrow());
        assertThat(shortened.request())
                .contains(Jobs.job(Jobs.id(1), "x").asRequest().outline(Jobs.id(1)));
        assertThat(shortened.history().events()).isEmpty();
        assertThat(board.place(shortened)).get().extracting(QueuePlace::position).isEqualTo(1);
        assertThat(board.load(TenantName.DEFAULT, Instant.EPOCH, Instant.EPOCH).open())
                .isEqualTo(4);

        GenerationJob job = Jobs.job(Jobs.id(1), "x");
        board.happened(
                new JobEvent.Started(job.id(), Jobs.at(9), "worker-1", 1, Jobs.VERSION, job));
        JobState begun = board.find(Jobs.id(1)).orElseThrow();
        assertThat(begun.status()).isEqualTo(JobStatus.RUNNING);
        // As in a producer that had room all the time.
        assertThat(begun.history().last()).isEqualTo(2);
    }

    @Test
    void anEventBringsAJobThatLostItsTextsBack() {
        JobBoard board = new JobBoard(3);
        LongStream.rangeClosed(1, 4).forEach(number -> accept(board, number, "x"));
        LongStream.rangeClosed(2, 4).forEach(number -> succeed(board, number));

        GenerationJob job = Jobs.job(Jobs.id(1), "x");
        board.happened(
                new JobEvent.Started(job.id(), Jobs.at(9), "worker-1", 1, Jobs.VERSION, job));

        JobState begun = board.find(Jobs.id(1)).orElseThrow();
        assertThat(begun.shortened()).isFalse();
        assertThat(begun.request()).contains(job.asRequest());
        assertThat(begun.history().events())
                .singleElement()
                .extracting(NumberedEvent::number)
                .isEqualTo(2L);
    }

    @Test
    void aJobThatEndedAndWasForgottenDoesNotSeemToWaitWhenItsRecordIsRead() {
        JobBoard board = new JobBoard(1);
        for (long number = 1; number <= 9; number++) {
            GenerationJob job = Jobs.job(Jobs.id(number), "x");
            board.happened(Jobs.succeeded(job, 10));
        }
        for (long number = 1; number <= 9; number++) {
            board.seen(new JobRecord(Jobs.id(number), GenerationRequest.of("x")), Jobs.at(number));
        }

        assertThat(board.load(TenantName.DEFAULT, Instant.EPOCH, Instant.EPOCH).open()).isZero();
        assertThat(board.find(Jobs.id(1))).isEmpty();
        assertThat(board.mayWait(Jobs.id(1))).isFalse();
    }

    @Test
    void whereTheOldestMustGoItSaysSoAndTakesThemBack() {
        JobBoard board = new JobBoard(3);
        LongStream.rangeClosed(1, 12).forEach(number -> accept(board, number, "x"));
        assertThat(board.size()).isEqualTo(12);
        assertThat(board.mayWait(Jobs.id(1))).isFalse();
        accept(board, 13, "x");
        assertThat(board.find(Jobs.id(1))).isEmpty();
        assertThat(board.mayWait(Jobs.id(1))).isTrue();
        assertThat(board.mayWait(Jobs.id(99))).as("of which nobody ever heard").isFalse();

        GenerationJob job = Jobs.job(Jobs.id(1), "x");
        board.happened(
                new JobEvent.Started(job.id(), Jobs.at(9), "worker-1", 1, Jobs.VERSION, job));
        assertThat(board.find(Jobs.id(1)))
                .get()
                .extracting(JobState::status)
                .isEqualTo(JobStatus.RUNNING);
        assertThat(board.mayWait(Jobs.id(1))).isFalse();
        assertThat(board.mayWait(Jobs.id(2))).as("which went in its place").isTrue();
        LongStream.rangeClosed(1, 13).forEach(number -> succeed(board, number));
        LongStream.rangeClosed(1, 13)
                .forEach(number -> assertThat(board.mayWait(Jobs.id(number))).isFalse());
    }

    @Test
    void longPromptsCountForMore() {
        JobBoard board = new JobBoard(10);
        LongStream.rangeClosed(1, 10).forEach(number -> accept(board, number, "x".repeat(10_000)));
        assertThat(whole(board)).isEqualTo(1);
        LongStream.rangeClosed(11, 30).forEach(number -> accept(board, number, "x"));
        assertThat(whole(board)).isEqualTo(3);
        assertThat(board.size()).isEqualTo(30);
    }

    @Test
    void longHistoriesCountForMore() {
        JobBoard board = new JobBoard(100);
        LongStream.rangeClosed(1, 90).forEach(number -> accept(board, number, "x"));
        for (int attempt = 1; attempt <= 64; attempt++) {
            GenerationJob job = Jobs.job(Jobs.id(91), attempt + "x".repeat(4000));
            board.happened(
                    new JobEvent.Started(
                            job.id(), Jobs.at(9), "worker-1", attempt, Jobs.VERSION, job));
        }
        assertThat(whole(board)).isLessThan(10);
    }

    @Test
    void listsTheLatestFirst() {
        JobBoard board = new JobBoard(100);
        for (long number : new long[] {3, 1, 5, 2, 4}) {
            accept(board, number, "x");
        }
        assertThat(board.latest(3, any -> true))
                .extracting(JobState::id)
                .containsExactly(Jobs.id(5), Jobs.id(4), Jobs.id(3));
    }

    @Test
    void tellsWatchersOfChangesOnly() {
        JobBoard board = new JobBoard(100);
        AtomicInteger told = new AtomicInteger();
        Runnable unwatch = board.watch(Jobs.ID, told::incrementAndGet);

        accept(board, 1, "x");
        accept(board, 1, "x");
        accept(board, 2, "x");
        assertThat(told).hasValue(1);

        unwatch.run();
        succeed(board, 1);
        assertThat(told).hasValue(1);
        assertThat(board.watchers()).isZero();
    }

    @Test
    void tellsWatchersThatAJobIsForgotten() {
        JobBoard board = new JobBoard(1);
        accept(board, 1, "x");
        succeed(board, 1);
        AtomicInteger told = new AtomicInteger();
        board.watch(Jobs.ID, told::incrementAndGet);
        accept(board, 2, "x");
        assertThat(told).hasValue(1);
    }

    @Test
    void holdsItsBoundOverManyJobs() {
        JobBoard board = new JobBoard(1000);
        for (long number = 1; number <= 20_000; number++) {
            accept(board, number, "x");
            succeed(board, number);
        }
        assertThat(board.size()).isEqualTo(1000);
        assertThat(board.find(Jobs.id(20_000))).isPresent();
        assertThat(List.of(board.find(Jobs.id(19_000)).isPresent())).containsExactly(false);
    }

    private static int whole(JobBoard board) {
        return board.latest(100, state -> !state.shortened()).size();
    }

    private static void accept(JobBoard board, long number, String prompt) {
        JobId id = Jobs.id(number);
        board.happened(new JobEvent.Accepted(id, Jobs.at(number), Jobs.job(id, prompt)));
    }

    private static void succeed(JobBoard board, long number) {
        board.happened(Jobs.succeeded(Jobs.job(Jobs.id(number), "x"), 100 + number));
    }
}
