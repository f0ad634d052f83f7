package dev.darkroom.worker.intake;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.json.Json;
import dev.darkroom.platform.kafka.AcquiredRecord;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whose job a record is, as far as can be told of one that may be anything.
 *
 * @param job whom to tell; from the record itself, or else from its key or its CloudEvents subject
 * @param own whether the record itself says so
 */
record RecordIdentity(Optional<JobId> job, boolean own) {
    private static final String SUBJECT = "ce_subject";

    static RecordIdentity of(AcquiredRecord record) {
        Optional<JobId> own = fromValue(record.value());
        if (own.isPresent()) {
            return new RecordIdentity(own, true);
        }
        Optional<JobId> beside =
                Stream.of(record.key(), Optional.ofNullable(record.headers().get(SUBJECT)))
                        .flatMap(Optional::stream)
                        .filter(JobId::isValid)
                        .map(JobId::new)
                        .findFirst();
        return new RecordIdentity(beside, false);
    }

    private static Optional<JobId> fromValue(byte[] value) {
        if (value.length > JobRecord.MAX_BYTES) {
            return Optional.empty();
        }
        try {
            JsonNode id = Json.tree(value).path("id");
            return id.isTextual() && JobId.isValid(id.textValue())
                    ? Optional.of(new JobId(id.textValue()))
                    : Optional.empty();
        } catch (DarkroomException e) {
            return Optional.empty();
        }
    }
}
