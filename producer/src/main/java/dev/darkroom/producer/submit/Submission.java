package dev.darkroom.producer.submit;

import dev.darkroom.contract.job.GenerationJob;
import java.time.Instant;

/**
 * What an idempotency key stands for, as it lies in the bucket.
 *
 * @param fingerprint SHA-256 of the request, in hexadecimal
 * @param at when it was accepted
 * @param job as it was resolved then
 * @param queued whether the job is known to be on the queue
 */
record Submission(String fingerprint, Instant at, GenerationJob job, boolean queued) {
    Submission onQueue() {
        return new Submission(fingerprint, at, job, true);
    }
}
