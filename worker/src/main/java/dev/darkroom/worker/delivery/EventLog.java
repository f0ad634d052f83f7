package dev.darkroom.worker.delivery;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.platform.kafka.JobPublisher;
import java.util.Optional;

/** Where a worker tells what happens to jobs. */
public interface EventLog {
    /** Returns when the event is safe. */
    void publish(JobEvent event, Optional<String> traceparent);

    /** Returns at once and never throws; the event may be lost. */
    void publishLossy(JobEvent event, Optional<String> traceparent);

    /** The topic of job events. */
    static EventLog of(JobPublisher publisher) {
        return new EventLog() {
            @Override
            public void publish(JobEvent event, Optional<String> traceparent) {
                publisher.publish(event, traceparent);
            }

            @Override
            public void publishLossy(JobEvent event, Optional<String> traceparent) {
                publisher.publishLossy(event, traceparent);
            }
        };
    }
}
