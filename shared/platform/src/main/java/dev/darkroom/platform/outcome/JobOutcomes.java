package dev.darkroom.platform.outcome;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.util.Optional;

/**
 * Decides how jobs end.
 *
 * <p>Success, failure, cancellation and expiry are wanted by workers and producers that know
 * nothing of each other: two deliveries of one job, a worker whose lock is long lost, someone who
 * cancels. Each writes the job's outcome with {@code If-None-Match: *}, and what lies there then is
 * how the job ended, whoever asked for something else. The manifest is put only after an outcome
 * that contains it: so there is none of a job that ended otherwise, and a worker that dies between
 * the two writes leaves what the next to look needs to finish for it.
 *
 * <p>All methods throw {@link DarkroomException} as the store does, and {@link ErrorCode#INTERNAL}
 * where what is there is damaged.
 */
public final class JobOutcomes {
    private static final String JSON = "application/json";
    private static final String TENANT = "tenant";

    private final ObjectStore store;

    public JobOutcomes(ObjectStore store) {
        this.store = store;
    }

    /** How the job ended, where it has; of one that succeeded the manifest is there then. */
    public Optional<JobOutcome> find(JobId job) {
        ObjectKey key = ObjectKeys.outcome(job);
        // Mostly there is none: the client takes milliseconds to read the document that says so,
        // which HEAD does not have.
        if (store.size(key).isEmpty()) {
            return Optional.empty();
        }
        Optional<JobOutcome> decided = store.find(key).map(json -> read(key, json));
        boolean whole =
                decided.flatMap(JobOutcome::result).isEmpty()
                        || store.size(ObjectKeys.result(job)).isPresent();
        return whole ? decided : decided.map(this::publish);
    }

    /**
     * Ends the job so, unless it has ended.
     *
     * @return how it ended: so, or as another decided before
     */
    public JobOutcome decide(JobOutcome wanted) {
        JobId job = wanted.end().jobId();
        ObjectKey key = ObjectKeys.outcome(job);
        if (store.putIfAbsent(key, Json.writePretty(wanted), JSON)) {
            return publish(wanted);
        }
        return find(job)
                .orElseThrow(
                        () ->
                                new DarkroomException(
                                        ErrorCode.STORE_UNAVAILABLE,
                                        key + " is there and is not there"));
    }

    private JobOutcome publish(JobOutcome decided) {
        decided.result()
                .ifPresent(
                        result ->
                                store.putIfAbsent(
                                        ObjectKeys.result(decided.end().jobId()),
                                        Json.writePretty(result),
                                        JSON));
        return decided;
    }

    /** Anyone may have written it: how the job ended counts, whoever it is said to belong to. */
    private static byte[] readable(byte[] json) {
        if (!(Json.tree(json) instanceof ObjectNode outcome)
                || !outcome.hasNonNull(TENANT)
                || isName(outcome.get(TENANT))) {
            return json;
        }
        outcome.remove(TENANT);
        return Json.write(outcome);
    }

    private static boolean isName(JsonNode tenant) {
        try {
            Json.convert(tenant, TenantName.class);
            return true;
        } catch (DarkroomException e) {
            return false;
        }
    }

    private static JobOutcome read(ObjectKey key, byte[] json) {
        try {
            return Json.readTolerant(readable(json), JobOutcome.class);
        } catch (DarkroomException e) {
            throw new DarkroomException(ErrorCode.INTERNAL, key + " is damaged: " + e.reason(), e);
        }
    }
}
