package dev.darkroom.platform.dispatch;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.job.Deadline;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.platform.kafka.RelayedRecord;
import java.time.Instant;
import java.util.Optional;

/**
 * A job that waits to be put before the workers.
 *
 * @param id none where the record says nothing that can be read: the worker that takes it answers
 */
public record WaitingJob(
        RelayedRecord record, Optional<JobId> id, Claim claim, Optional<Deadline> deadline) {
    static WaitingJob of(RelayedRecord record) {
        try {
            JobRecord job = JobRecord.decode(record.value());
            return new WaitingJob(
                    record,
                    Optional.of(job.id()),
                    Claim.of(job.request()),
                    job.request().deadline());
        } catch (DarkroomException e) {
            return new WaitingJob(record, Optional.empty(), Claim.UNKNOWN, Optional.empty());
        }
    }

    Instant expiresAt() {
        return deadline.map(Deadline::at).orElse(Instant.MAX);
    }
}
