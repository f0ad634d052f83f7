package dev.darkroom.contract.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;

/**
 * A record of the work topic: an id and a request, as one flat JSON object ({@code
 * generation-job.schema.json}). The producer writes it with every field filled in; another client
 * may leave out all but id and prompt.
 */
public record JobRecord(JobId id, GenerationRequest request) {
    /** Longest record that a worker reads, in bytes. */
    public static final int MAX_BYTES = 256 * 1024;

    /** The bytes of a resolved job. */
    public static byte[] encode(GenerationJob job) {
        return Json.write(job);
    }

    /**
     * @throws DarkroomException {@link ErrorCode#MALFORMED_REQUEST} or {@link
     *     ErrorCode#INVALID_REQUEST}, with what is wrong
     */
    public static JobRecord decode(byte[] value) {
        if (value.length > MAX_BYTES) {
            throw new DarkroomException(
                    ErrorCode.MALFORMED_REQUEST,
                    "record has " + value.length + " bytes, at most " + MAX_BYTES);
        }
        JsonNode tree = Json.tree(value);
        if (!(tree instanceof ObjectNode object)) {
            throw new DarkroomException(ErrorCode.MALFORMED_REQUEST, "not a JSON object");
        }
        JsonNode id = object.remove("id");
        if (id == null || id.isNull()) {
            throw new DarkroomException(ErrorCode.INVALID_REQUEST, "id is missing");
        }
        if (!id.isTextual()) {
            throw new DarkroomException(ErrorCode.MALFORMED_REQUEST, "id must be a string");
        }
        return new JobRecord(
                new JobId(id.textValue()), Json.convert(object, GenerationRequest.class));
    }
}
