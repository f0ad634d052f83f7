package dev.darkroom.producer.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.json.Json;
import dev.darkroom.producer.submit.SubmittedRequest;
import java.util.Optional;

/** The body of a submission: a request as on the queue, its deadline also as seconds from now. */
final class RequestBody {
    private static final String EXPIRES_IN = "expiresIn";

    private RequestBody() {}

    static SubmittedRequest read(byte[] json) {
        JsonNode tree = Json.tree(json);
        if (!(tree instanceof ObjectNode object) || !object.hasNonNull(EXPIRES_IN)) {
            if (tree instanceof ObjectNode open) {
                open.remove(EXPIRES_IN);
            }
            return SubmittedRequest.of(Json.convert(tree, GenerationRequest.class));
        }
        JsonNode seconds = object.remove(EXPIRES_IN);
        if (!seconds.isIntegralNumber() || !seconds.canConvertToLong()) {
            throw new DarkroomException(
                    ErrorCode.MALFORMED_REQUEST, "expiresIn must be a whole number");
        }
        if (object.hasNonNull("deadline")) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "give one of deadline and expiresIn");
        }
        GenerationRequest request = Json.convert(object, GenerationRequest.class);
        return new SubmittedRequest(request, Optional.of(seconds.longValue()));
    }
}
