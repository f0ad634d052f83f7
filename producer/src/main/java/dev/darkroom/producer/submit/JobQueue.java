package dev.darkroom.producer.submit;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.PreviewRequest;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.producer.status.JobBoard;
import java.time.Clock;
import java.util.Optional;

/** Where jobs go; each method returns when the broker has it. */
public interface JobQueue {
    void put(GenerationJob job, Optional<String> traceparent);

    void tell(JobEvent event, Optional<String> traceparent);

    /** Makes the workers look at a job that was ended from here. */
    void control(JobEvent end);

    /** Makes the worker that runs a job show it. */
    void show(PreviewRequest request);

    /**
     * The pool's.
     *
     * @param board is told of jobs at once: what is counted of a tenant's waits for no topic
     */
    static JobQueue of(JobPublisher publisher, JobBoard board, Clock clock) {
        return new JobQueue() {
            @Override
            public void put(GenerationJob job, Optional<String> traceparent) {
                publisher.submit(job, traceparent);
                board.seen(new JobRecord(job.id(), job.asRequest()), clock.instant());
            }

            @Override
            public void tell(JobEvent event, Optional<String> traceparent) {
                publisher.publish(event, traceparent);
            }

            @Override
            public void control(JobEvent end) {
                publisher.control(end);
            }

            @Override
            public void show(PreviewRequest request) {
                publisher.control(request);
            }
        };
    }
}
