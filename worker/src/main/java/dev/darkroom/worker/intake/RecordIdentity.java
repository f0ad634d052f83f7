package dev.darkroom.worker.intake;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.access.TenantName;
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
 * @param tenant whose the job is, as the record itself says
 */
record RecordIdentity(Optional<JobId> job, boolean own, Optional<TenantName> tenant) {
    private static final String SUBJECT = "ce_subject";

    static RecordIdentity of(AcquiredRecord record) {
        Optional<JsonNode> value = tree(record.value());
        Optional<JobId> own = value.flatMap(RecordIdentity::id);
        if (own.isPresent()) {
            return new RecordIdentity(own, true, value.flatMap(RecordIdentity::tenant));
        }
        Optional<JobId> beside =
                Stream.of(record.key(), Optional.ofNullable(record.headers().get(SUBJECT)))
                        .flatMap(Optional::stream)
                        .filter(JobId::isValid)
                        .map(JobId::new)
                        .findFirst();
        return new RecordIdentity(beside, false, Optional.empty());
    }

    private static Optional<JsonNode> tree(byte[] value) {
        if (value.length > JobRecord.MAX_BYTES) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.tree(value));
        } catch (DarkroomException e) {
            return Optional.empty();
        }
    }

    private static Optional<JobId> id(JsonNode record) {
        JsonNode id = record.path("id");
        return id.isTextual() && JobId.isValid(id.textValue())
                ? Optional.of(new JobId(id.textValue()))
                : Optional.empty();
    }

    /** The default one where none is named; nothing where what is there is no name. */
    private static Optional<TenantName> tenant(JsonNode record) {
        try {
            return record.hasNonNull("tenant")
                    ? Optional.of(Json.convert(record.get("tenant"), TenantName.class))
                    : Optional.of(TenantName.DEFAULT);
        } catch (DarkroomException e) {
            return Optional.empty();
        }
    }
}
