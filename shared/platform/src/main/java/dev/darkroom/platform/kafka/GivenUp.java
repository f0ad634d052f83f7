package dev.darkroom.platform.kafka;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobStage;
import java.time.Instant;
import java.util.Optional;

/**
 * Why a record is given up on, for its dead letter.
 *
 * @param stage where the last attempt failed
 * @param job the id that the record itself says
 */
public record GivenUp(
        DarkroomException reason, JobStage stage, String worker, Instant at, Optional<JobId> job) {}
