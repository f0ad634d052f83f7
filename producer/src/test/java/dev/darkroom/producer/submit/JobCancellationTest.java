package dev.darkroom.producer.submit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.producer.Jobs;
import dev.darkroom.producer.MemoryStore;
import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.producer.status.JobDirectory;
import dev.darkroom.producer.status.JobStatus;
import dev.darkroom.producer.status.Results;
import dev.darkroom.testing.Interposed;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobCancellationTest {
    private static final TenantName ACME = new TenantName("acme");

    private final Results results = new Results(new MemoryStore());
    private final List<Object> told = new ArrayList<>();

    /** Three jobs wait, of which the board has room for two. */
    @Test
    void whatWaitsIsKnownAndCancelledHoweverMuchWaits() {
        JobBoard board = new JobBoard(2);
        JobDirectory directory = directory(board);
        for (long number = 1; number <= 3; number++) {
            accept(board, number);
        }
        assertThat(directory.require(Jobs.id(1)).status()).isEqualTo(JobStatus.ACCEPTED);
        assertThat(directory.require(Jobs.id(1)).tenant()).contains(ACME);

        assertThat(cancellation(board, directory).cancel(Jobs.id(1)).status())
                .isEqualTo(JobStatus.CANCELLED);

        assertThat(told).hasSize(2).allMatch(event -> event instanceof JobEvent.Cancelled);
        assertThat(directory.require(Jobs.id(1)).status()).isEqualTo(JobStatus.CANCELLED);
    }

    @Test
    void theOwnerFindsACancelledJobWhoeverHeardOfNothingElse() {
        JobBoard board = new JobBoard(2);
        accept(board, 1);
        cancellation(board, directory(board)).cancel(Jobs.id(1));

        assertThat(directory(new JobBoard(2)).require(Jobs.id(1)).tenant()).contains(ACME);
    }

    private static void accept(JobBoard board, long number) {
        board.happened(
                new JobEvent.Accepted(
                        Jobs.id(number), Jobs.at(number), Jobs.job(Jobs.id(number), "x", ACME, 1)));
    }

    private JobDirectory directory(JobBoard board) {
        JobDirectory directory = new JobDirectory(board, results, wait -> true);
        directory.catchUp(Duration.ZERO);
        return directory;
    }

    private JobCancellation cancellation(JobBoard board, JobDirectory directory) {
        JobQueue queue =
                Interposed.as(
                        JobQueue.class,
                        (method, arguments) -> {
                            told.add(arguments[0]);
                            return null;
                        });
        return new JobCancellation(
                directory, board, results, queue, Clock.fixed(Jobs.at(9), ZoneOffset.UTC));
    }
}
