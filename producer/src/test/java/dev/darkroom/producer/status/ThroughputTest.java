package dev.darkroom.producer.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.producer.Jobs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Where a job stands in the queue, and how long it will wait. */
class ThroughputTest {
    private final JobBoard board = new JobBoard(100);

    @Test
    void countsThoseThatCameBeforeAndStillWait() {
        accept(1, 0);
        accept(2, 1);
        accept(3, 2);
        accept(4, 3);
        start(1, 4);

        assertThat(place(2).position()).isEqualTo(1);
        assertThat(place(4).position()).isEqualTo(3);
        assertThat(place(4).expectedWait()).as("nothing was ever measured").isEmpty();
        end(1, 10);
        start(2, 11);
        assertThat(place(4).position()).isEqualTo(2);
    }

    @Test
    void aWorkerThatTakesOneAfterTheOther() {
        // Ten seconds a job.
        run(1, 0, 10);
        run(2, 10, 20);
        accept(3, 20);
        accept(4, 20);
        accept(5, 21);
        start(3, 22);

        assertThat(seconds(4)).isCloseTo(10, within(0.01));
        assertThat(seconds(5)).isCloseTo(20, within(0.01));
        progress(3, 15);
        assertThat(seconds(5)).as("of 25 steps 15 are done").isCloseTo(14, within(0.01));
    }

    @Test
    void workersThatRunJobsAtOnce() {
        run(1, 0, 10);
        run(2, 0, 10);
        run(3, 10, 20);
        run(4, 10, 20);
        for (long waiting = 11; waiting <= 15; waiting++) {
            accept(waiting, 20 + waiting);
        }

        assertThat(seconds(15)).as("four are ahead, two run at once").isCloseTo(20, within(0.01));
    }

    @Test
    void timeInWhichNothingRanSaysNothing() {
        run(1, 0, 10);
        run(2, 500, 510);
        accept(3, 600);
        accept(4, 601);

        assertThat(seconds(4)).isCloseTo(10, within(0.01));
    }

    @Test
    void aRequestThatLeavesEverythingOpenCountsAsTheAverage() {
        run(1, 0, 10);
        JobId open = Jobs.id(2);
        board.seen(
                new JobRecord(open, dev.darkroom.contract.job.GenerationRequest.of("x")),
                Jobs.at(20));
        accept(3, 30);

        assertThat(seconds(3)).isCloseTo(10, within(0.01));
    }

    @Test
    void jobsOlderThanTheirEventsAreNotWaitingForAllAnyoneKnows() {
        accept(1, -Duration.ofDays(40).toSeconds());
        accept(2, 0);

        assertThat(place(2).position()).isEqualTo(1);
    }

    @Test
    void jobsThatDoNotWaitHaveNoPlace() {
        accept(1, 0);
        start(1, 1);

        assertThat(board.place(board.find(Jobs.id(1)).orElseThrow())).isEmpty();
    }

    /** As workers are given them, so that nobody is told a place that he does not have. */
    @Test
    void placesAreThoseOfPrioritiesAndTenants() {
        ask(1, "many", Priority.NORMAL);
        ask(2, "many", Priority.NORMAL);
        ask(3, "many", Priority.NORMAL);
        ask(4, "few", Priority.NORMAL);
        ask(5, "few", Priority.LOW);
        ask(6, "many", Priority.HIGH);

        assertThat(place(6).position()).isEqualTo(1);
        assertThat(place(1).position()).isEqualTo(2);
        assertThat(place(4).position()).isLessThan(place(2).position());
        assertThat(place(5).position()).isLessThanOrEqualTo(6);
        assertThat(
                        Stream.of(1, 2, 3, 4, 5, 6)
                                .map(number -> place(number).position())
                                .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6);
    }

    private void ask(long number, String tenant, Priority priority) {
        String record =
                "{'id':'%s','prompt':'x','tenant':'%s','priority':'%s','steps':10,'width':32,'height':32}"
                        .formatted(Jobs.id(number), tenant, priority.wireName())
                        .replace('\'', '"');
        board.seen(JobRecord.decode(record.getBytes(StandardCharsets.UTF_8)), Jobs.at(number));
    }

    private void run(long number, long from, long to) {
        accept(number, from);
        start(number, from);
        end(number, to);
    }

    private static GenerationJob job(long number) {
        return Jobs.job(Jobs.id(number), "x");
    }

    private void accept(long number, long second) {
        board.happened(new JobEvent.Accepted(Jobs.id(number), Jobs.at(second), job(number)));
    }

    private void start(long number, long second) {
        board.happened(
                new JobEvent.Started(
                        Jobs.id(number), Jobs.at(second), "w", 1, Jobs.VERSION, job(number)));
    }

    private void progress(long number, int step) {
        board.happened(
                new JobEvent.Progress(
                        Jobs.id(number),
                        Jobs.at(0),
                        1,
                        step,
                        job(number).steps(),
                        Optional.empty()));
    }

    private void end(long number, long second) {
        board.happened(Jobs.succeeded(job(number), second));
    }

    private QueuePlace place(long number) {
        return board.place(board.find(Jobs.id(number)).orElseThrow()).orElseThrow();
    }

    private double seconds(long number) {
        Optional<Duration> wait = place(number).expectedWait();
        return wait.orElseThrow().toNanos() / 1e9;
    }
}
