package dev.darkroom.producer.dead;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.platform.kafka.DeadLetter;
import dev.darkroom.platform.kafka.JobPublisher;
import java.util.Optional;

/** Where redriven jobs and marks go; each method returns when the broker has it. */
public interface DeadLetterQueue {
    /** Puts the job of a letter on the work topic, as another. */
    void redrive(DeadLetter letter, JobId job, byte[] value);

    void tell(DeadLetter letter, JobEvent.Accepted event);

    /**
     * @param redrivenAs none: dropped
     */
    void mark(DeadLetter letter, Optional<JobId> redrivenAs);

    /** The pool's topics. */
    static DeadLetterQueue of(JobPublisher publisher) {
        return new DeadLetterQueue() {
            @Override
            public void redrive(DeadLetter letter, JobId job, byte[] value) {
                publisher.redrive(letter, job, value);
            }

            @Override
            public void tell(DeadLetter letter, JobEvent.Accepted event) {
                publisher.tellRedriven(letter, event);
            }

            @Override
            public void mark(DeadLetter letter, Optional<JobId> redrivenAs) {
                publisher.mark(letter, redrivenAs);
            }
        };
    }
}
