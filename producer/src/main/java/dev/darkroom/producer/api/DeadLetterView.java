package dev.darkroom.producer.api;

import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.platform.kafka.DeadLetter;
import dev.darkroom.producer.dead.DeadLetterStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * A dead letter as operators see it.
 *
 * @param id the job's, or where the record came from
 * @param state open, redriven or dropped
 * @param stage where the last attempt failed
 * @param attempts deliveries
 * @param obstacle why it cannot be redriven
 * @param origin topic, partition and offset of the record
 * @param record its value as text, the beginning where it is long or the letter is not open
 */
record DeadLetterView(
        String id,
        String state,
        ErrorCode code,
        String message,
        Optional<String> stage,
        int attempts,
        Optional<String> worker,
        Instant at,
        Optional<String> redriveOf,
        Optional<JobId> redrivenAs,
        Optional<String> obstacle,
        Optional<String> traceparent,
        Optional<String> stackTrace,
        Optional<String> origin,
        Optional<String> record) {
    static DeadLetterView brief(DeadLetterStatus status) {
        return of(status, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    static DeadLetterView whole(DeadLetterStatus status) {
        DeadLetter letter = status.letter();
        return of(
                status,
                letter.traceparent(),
                letter.stackTrace(),
                Optional.of(letter.origin().toString()),
                Optional.of(new String(letter.value(), StandardCharsets.UTF_8)));
    }

    private static DeadLetterView of(
            DeadLetterStatus status,
            Optional<String> traceparent,
            Optional<String> stackTrace,
            Optional<String> origin,
            Optional<String> record) {
        DeadLetter letter = status.letter();
        return new DeadLetterView(
                letter.name(),
                status.state(),
                letter.code(),
                letter.message(),
                letter.stage(),
                letter.attempts(),
                letter.worker(),
                letter.at(),
                letter.redriveOf(),
                status.mark().flatMap(DeadLetter.Mark::redrivenAs),
                status.obstacle(),
                traceparent,
                stackTrace,
                origin,
                record);
    }
}
