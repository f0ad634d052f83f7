package dev.darkroom.contract.event;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.json.Json;
import java.time.Instant;

/**
 * Asks the worker that runs a job to show for a while how far its pictures are ({@code
 * preview-request.schema.json}); written to the control topic, whose key is the job's id.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonTypeName("preview")
public record PreviewRequest(JobId jobId, Instant at) {
    /** Whether a value of the control topic is such a request. */
    public static boolean isOne(byte[] value) {
        try {
            Json.readTolerant(value, PreviewRequest.class);
            return true;
        } catch (DarkroomException e) {
            return false;
        }
    }
}
