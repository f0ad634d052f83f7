package dev.darkroom.producer.submit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.producer.Jobs;
import dev.darkroom.producer.MemoryStore;
import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.producer.status.JobDirectory;
import dev.darkroom.producer.status.Results;
import dev.darkroom.testing.Interposed;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class JobCancellationTest {
    private static final TenantName ACME = new TenantName("acme");

    private final Results results = new Results(new MemoryStore());

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
                        (method, arguments) -> null);
        return new JobCancellation(
                directory, board, results, queue, Clock.fixed(Jobs.at(9), ZoneOffset.UTC));
    }
}
