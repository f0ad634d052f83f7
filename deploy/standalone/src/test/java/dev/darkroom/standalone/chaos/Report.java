package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobId;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What became of all jobs.
 *
 * @param startedAnew workers that gave up before they were ready
 * @param ends jobs by how they ended, failures by their code
 * @param cancelled jobs by when they were, of those that were in time
 * @param tooLate jobs that were to be cancelled and had ended
 * @param lost jobs that were accepted and have not ended
 * @param twice jobs that ended in more than one way
 * @param violations of what must hold of every job
 * @param made jobs that succeeded, by version
 * @param beside pictures whose place was taken by one of another version
 * @param redeliveries from a worker's death or pause until each of its jobs was begun again or its
 *     end was told, sorted
 */
record Report(
        int faults,
        int startedAnew,
        int jobs,
        Map<String, Integer> ends,
        Map<Canceller.Moment, Integer> cancelled,
        int tooLate,
        List<JobId> lost,
        List<JobId> twice,
        List<String> violations,
        Map<CheckpointVersion, Integer> made,
        int beside,
        List<Duration> redeliveries) {
    static Report of(
            int faults,
            int startedAnew,
            Ledger ledger,
            Client client,
            Canceller canceller,
            Invariant invariant,
            List<Duration> redeliveries) {
        List<JobId> jobs =
                Stream.concat(
                                client.accepted().stream(),
                                client.uncertain().stream().filter(ledger::hasEnded))
                        .toList();
        Map<String, Integer> ends = new TreeMap<>();
        for (JobId job : jobs) {
            ledger.ends(job).forEach(end -> ends.merge(name(end), 1, Integer::sum));
        }
        Map<Canceller.Moment, Integer> cancelled = new TreeMap<>();
        int tooLate = 0;
        for (Canceller.Answer answer : canceller.answers().values()) {
            if (answer.cancelled()) {
                cancelled.merge(answer.moment(), 1, Integer::sum);
            } else {
                tooLate++;
            }
        }
        return new Report(
                faults,
                startedAnew,
                jobs.size(),
                ends,
                cancelled,
                tooLate,
                client.open(),
                jobs.stream().filter(job -> ledger.ends(job).size() > 1).toList(),
                invariant.violations(),
                invariant.made(),
                invariant.beside(),
                redeliveries);
    }

    private static String name(JobEvent end) {
        return end instanceof JobEvent.Failed failed
                ? end.type() + " " + failed.code()
                : end.type();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "faults %d (workers started anew %d), jobs %d: %s; cancelled %s, too late %d;"
                        + " lost %d, twice %d, violations %d; by version %s, pictures beside"
                        + " another's %d; from death or pause to redelivery: %d jobs, median %.1f"
                        + " s, longest %.1f s",
                faults,
                startedAnew,
                jobs,
                ends,
                cancelled,
                tooLate,
                lost.size(),
                twice.size(),
                violations.size(),
                made.values(),
                beside,
                redeliveries.size(),
                redeliveries.isEmpty() ? 0 : seconds(redeliveries.size() / 2),
                redeliveries.isEmpty() ? 0 : seconds(redeliveries.size() - 1));
    }

    private double seconds(int index) {
        return redeliveries.get(index).toMillis() / 1e3;
    }
}
