package dev.darkroom.producer.status;

import dev.darkroom.contract.job.JobId;
import dev.darkroom.platform.dispatch.Claim;
import dev.darkroom.platform.dispatch.FairOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who waits and where, in the order that the dispatcher will put them before the workers: as it
 * would be if all had come at this moment, since what it gave to whom before is not on the topics.
 */
final class WaitingLine {
    /** Longer than events are kept, nobody knows whether a job still waits. */
    private static final Duration EVENTS_KEPT = Duration.ofDays(29);

    private final Map<JobId, QueuePlace> places;

    private WaitingLine(Map<JobId, QueuePlace> places) {
        this.places = places;
    }

    /** Nothing for a job that does not wait. */
    Optional<QueuePlace> place(JobId job) {
        return Optional.ofNullable(places.get(job));
    }

    int length() {
        return places.size();
    }

    /**
     * @param jobs those that have not ended, as far as is known
     * @param latest when the last of all jobs was accepted
     * @param arrival which came first
     * @param speed nothing where the pool did nothing lately
     */
    static WaitingLine of(
            List<JobState> jobs,
            Instant latest,
            Comparator<JobState> arrival,
            Optional<Throughput.Speed> speed) {
        FairOrder<JobState> order =
                new FairOrder<>(arrival, job -> job.request().map(Claim::of).orElse(Claim.UNKNOWN));
        double seconds = 0;
        for (JobState job : jobs) {
            boolean old = job.acceptedAt().filter(latest.minus(EVENTS_KEPT)::isBefore).isEmpty();
            if (old) {
                continue;
            }
            if (job.status() == JobStatus.RUNNING) {
                seconds += seconds(job, speed);
            } else if (job.status() == JobStatus.ACCEPTED) {
                order.add(job);
            }
        }
        Map<JobId, QueuePlace> places = new HashMap<>();
        for (JobState job : order.drain()) {
            double work = seconds;
            Optional<Duration> wait =
                    speed.map(now -> Duration.ofMillis(Math.round(1000 * work / now.atOnce())));
            places.put(job.id(), new QueuePlace(places.size() + 1, wait));
            seconds += seconds(job, speed);
        }
        return new WaitingLine(places);
    }

    private static double seconds(JobState job, Optional<Throughput.Speed> speed) {
        return speed.map(now -> (1 - job.fraction()) * now.seconds(job.request())).orElse(0.0);
    }
}
