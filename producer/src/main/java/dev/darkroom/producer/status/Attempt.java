package dev.darkroom.producer.status;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobPreview;
import java.time.Instant;
import java.util.Optional;

/**
 * The latest delivery of a job.
 *
 * @param number from 1
 * @param worker nothing while only its progress was heard of; so the checkpoint and the start
 * @param step sampling steps done
 * @param steps sampling steps in all; 0 while unknown
 * @param preview the latest that was told of
 */
public record Attempt(
        int number,
        Optional<String> worker,
        Optional<CheckpointVersion> checkpoint,
        Optional<Instant> startedAt,
        int step,
        int steps,
        Optional<JobPreview> preview) {
    static Attempt unheardOf(int number) {
        return new Attempt(
                number,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                0,
                Optional.empty());
    }

    Attempt with(JobEvent.Progress event) {
        return new Attempt(
                number,
                worker,
                checkpoint,
                startedAt,
                event.step(),
                event.steps(),
                event.preview().or(() -> preview));
    }
}
