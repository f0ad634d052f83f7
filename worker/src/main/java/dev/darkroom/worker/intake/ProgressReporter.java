package dev.darkroom.worker.intake;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobStage;
import dev.darkroom.worker.delivery.EventLog;
import dev.darkroom.worker.generate.Generator;
import java.time.Clock;
import java.util.Optional;

/** Tells how far a job is: at most five times a second, and of the last step always. */
final class ProgressReporter implements Generator.Progress {
    /** Four a second, and the last step besides. */
    private static final long INTERVAL_MILLIS = 250;

    private final EventLog events;
    private final Clock clock;
    private final JobObserver observer;
    private final JobId job;
    private final int attempt;
    private final Optional<String> traceparent;
    private final Reached reached;
    private long nextMillis = Long.MIN_VALUE;

    /**
     * @param reached told of each stage that begins
     */
    ProgressReporter(
            EventLog events,
            Clock clock,
            JobObserver observer,
            JobId job,
            int attempt,
            Optional<String> traceparent,
            Reached reached) {
        this.events = events;
        this.clock = clock;
        this.observer = observer;
        this.job = job;
        this.attempt = attempt;
        this.traceparent = traceparent;
        this.reached = reached;
    }

    @Override
    public void entered(JobStage stage) {
        reached.begin(stage);
    }

    @Override
    public void stepped(int step, int steps, double seconds) {
        observer.stepped(seconds);
        long now = clock.millis();
        if (step == steps || now >= nextMillis) {
            nextMillis = now + INTERVAL_MILLIS;
            events.publishLossy(
                    new JobEvent.Progress(job, clock.instant(), attempt, step, steps), traceparent);
        }
    }
}
