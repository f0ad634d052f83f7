package dev.darkroom.producer.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.producer.Jobs;
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
    void forgetsTheOldestOfAllWhereNothingIsFinishedAndTakesItBack() {
        JobBoard board = new JobBoard(3);
        LongStream.rangeClosed(1, 4).forEach(number -> accept(board, number, "x"));
        assertThat(board.find(Jobs.id(1))).isEmpty();

        GenerationJob job = Jobs.job(Jobs.id(1), "x");
        board.happened(
                new JobEvent.Started(job.id(), Jobs.at(9), "worker-1", 1, Jobs.VERSION, job));
        assertThat(board.find(Jobs.id(1)))
                .get()
                .satisfies(
                        state -> {
                            assertThat(state.status()).isEqualTo(JobStatus.RUNNING);
                            assertThat(state.request()).contains(job.asRequest());
                        });
    }

    @Test
    void longPromptsCountForMore() {
        JobBoard board = new JobBoard(10);
        LongStream.rangeClosed(1, 10).forEach(number -> accept(board, number, "x".repeat(10_000)));
        assertThat(board.size()).isEqualTo(1);
        LongStream.rangeClosed(11, 30).forEach(number -> accept(board, number, "x"));
        assertThat(board.size()).isEqualTo(10);
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
        assertThat(board.size()).isLessThan(10);
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

    private static void accept(JobBoard board, long number, String prompt) {
        JobId id = Jobs.id(number);
        board.happened(new JobEvent.Accepted(id, Jobs.at(number), Jobs.job(id, prompt)));
    }

    private static void succeed(JobBoard board, long number) {
        board.happened(Jobs.succeeded(Jobs.job(Jobs.id(number), "x"), 100 + number));
    }
}
