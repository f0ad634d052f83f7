package dev.darkroom.platform.kafka;

import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import java.util.Optional;

/** Writes to the pool's topics: jobs, events, dead letters. One for a process, for all threads. */
public final class JobPublisher implements AutoCloseable {
    /**
     * @param source the CloudEvents source of what it writes, as in {@code /darkroom/producer}
     */
    public JobPublisher(KafkaSettings settings, String source) {
        throw new UnsupportedOperationException(settings + source);
    }

    /** Puts a job on the work topic and returns when the broker has it. */
    public void submit(GenerationJob job, Optional<String> traceparent) {
        throw new UnsupportedOperationException();
    }

    /** Writes an event and returns when the broker has it. */
    public void publish(JobEvent event, Optional<String> traceparent) {
        throw new UnsupportedOperationException();
    }

    /** Writes an event that may be lost (progress); returns at once and never throws. */
    public void publishLossy(JobEvent event, Optional<String> traceparent) {
        throw new UnsupportedOperationException();
    }

    /**
     * Puts a record that is given up on, as it came, on the dead-letter topic, with headers that
     * say why.
     */
    public void bury(AcquiredRecord record, dev.darkroom.contract.error.DarkroomException reason) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
