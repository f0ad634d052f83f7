package dev.darkroom.producer.status;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import java.time.Instant;
import java.util.Optional;

/**
 * The latest delivery of a job.
 *
 * @param number from 1
 * @param worker nothing while only its progress was heard of; so the checkpoint and the start
 * @param step sampling steps done
 * @param steps sampling steps in all; 0 while unknown
 */
public record Attempt(
        int number,
        Optional<String> worker,
        Optional<CheckpointVersion> checkpoint,
        Optional<Instant> startedAt,
        int step,
        int steps) {
    static Attempt unheardOf(int number) {
        return new Attempt(number, Optional.empty(), Optional.empty(), Optional.empty(), 0, 0);
    }

    Attempt at(int nowStep, int nowSteps) {
        return new Attempt(number, worker, checkpoint, startedAt, nowStep, nowSteps);
    }
}
