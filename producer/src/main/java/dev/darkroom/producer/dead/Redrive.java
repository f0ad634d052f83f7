package dev.darkroom.producer.dead;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.json.Json;
import dev.darkroom.platform.kafka.DeadLetter;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The job that a dead letter becomes.
 *
 * <p>It has another id: the old job has failed, its asker was told, and no event may say otherwise.
 * The id is a function of the letter, so that redriving a letter twice makes one job, whatever
 * happened between.
 *
 * @param text the record of the new job
 */
record Redrive(JobId job, GenerationRequest request, String text) {
    /**
     * @throws DarkroomException MALFORMED_REQUEST or INVALID_REQUEST where the record is no job
     */
    static Redrive of(DeadLetter letter) {
        if (!letter.isWhole()) {
            throw new DarkroomException(
                    ErrorCode.MALFORMED_REQUEST, "only the beginning of the record was kept");
        }
        if (!(Json.tree(letter.value()) instanceof ObjectNode record)) {
            throw new DarkroomException(ErrorCode.MALFORMED_REQUEST, "not a JSON object");
        }
        JobId job = id(letter.origin());
        record.put("id", job.value());
        // Who redrives wants it made, however long the first asker would have waited.
        record.remove("deadline");
        if (!record.hasNonNull("seed")) {
            // The pictures are those that the first id would have got.
            letter.job().ifPresent(first -> record.put("seed", first.derivedSeed()));
        }
        byte[] value = Json.write(record);
        return new Redrive(
                job, JobRecord.decode(value).request(), new String(value, StandardCharsets.UTF_8));
    }

    /** The record of the new job. */
    byte[] value() {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static JobId id(DeadLetter.Origin origin) {
        String name = "dev.darkroom.redrive:" + origin + ":" + origin.timestamp();
        return JobId.of(UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)));
    }
}
