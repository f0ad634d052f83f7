package dev.darkroom.worker.delivery;

import dev.darkroom.platform.dispatch.Dispatcher;
import dev.darkroom.platform.dispatch.WaitingJob;
import java.time.Clock;

/** Ends jobs that wait, by their outcomes in the bucket. */
public final class WaitingEnds implements Dispatcher.Ends {
    private final Delivery delivery;
    private final Clock clock;

    public WaitingEnds(Delivery delivery, Clock clock) {
        this.delivery = delivery;
        this.clock = clock;
    }

    @Override
    public void expire(WaitingJob job) {
        // One that was begun may be here still, where it came twice.
        delivery.expire(
                        job.id().orElseThrow(),
                        job.claim().tenant(),
                        job.deadline().orElseThrow(),
                        clock.instant())
                .ifPresent(
                        outcome -> delivery.announce(outcome, false, job.record().traceparent()));
    }

    @Override
    public void tell(WaitingJob job) {
        delivery.find(job.id().orElseThrow())
                .ifPresent(
                        outcome -> delivery.announce(outcome, false, job.record().traceparent()));
    }
}
