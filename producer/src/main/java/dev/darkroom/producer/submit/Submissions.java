package dev.darkroom.producer.submit;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.StoredObject;
import java.time.Instant;
import java.util.Optional;

/** What was submitted under idempotency keys, an object each in the pool's bucket. */
public final class Submissions {
    private static final String JSON = "application/json";

    private final ObjectStore store;

    public Submissions(ObjectStore store) {
        this.store = store;
    }

    Optional<Submission> find(TenantName tenant, IdempotencyKey key) {
        return store.find(ObjectKeys.submission(tenant, key.value()))
                .map(json -> Json.readTolerant(json, Submission.class));
    }

    /**
     * Keeps a submission where the key stands for none yet.
     *
     * @return whether it does now; of any number of producers that try at once, one succeeds
     */
    boolean keep(TenantName tenant, IdempotencyKey key, Submission submission) {
        return store.putIfAbsent(
                ObjectKeys.submission(tenant, key.value()), Json.write(submission), JSON);
    }

    /** Notes that the job is on the queue, which never ceases to be so: whoever knows may write. */
    void confirm(TenantName tenant, IdempotencyKey key, Submission submission) {
        store.put(
                ObjectKeys.submission(tenant, key.value()), Json.write(submission.onQueue()), JSON);
    }

    /**
     * Forgets the keys that came before a time.
     *
     * @return how many
     */
    public int forget(Instant before) {
        int forgotten = 0;
        // In pieces: a listing is held in memory, and a day may have brought millions.
        for (String piece : ObjectKeys.submissionPieces()) {
            for (StoredObject object : store.objects(piece)) {
                if (object.changedAt().isBefore(before)) {
                    store.delete(object.key());
                    forgotten++;
                }
            }
        }
        return forgotten;
    }
}
