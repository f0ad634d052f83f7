package dev.darkroom.producer.submit;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import java.util.Optional;

/** Where jobs go; each method returns when the broker has it. */
public interface JobQueue {
    void put(GenerationJob job, Optional<String> traceparent);

    void tell(JobEvent event, Optional<String> traceparent);

    /** Makes the workers look at a job that was ended from here. */
    void control(JobEvent end);
}
