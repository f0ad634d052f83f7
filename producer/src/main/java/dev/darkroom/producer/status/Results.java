package dev.darkroom.producer.status;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.PresignedUrl;
import dev.darkroom.platform.outcome.JobOutcomes;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Jobs as the bucket knows them: how they ended, and their pictures. */
public final class Results {
    /** Manifests never change, and whoever asks for one picture asks for the next. */
    private static final int REMEMBERED = 256;

    private final ObjectStore store;
    private final JobOutcomes outcomes;
    private final Map<JobId, ResultManifest> recent =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<JobId, ResultManifest> eldest) {
                    return size() > REMEMBERED;
                }
            };

    public Results(ObjectStore store) {
        this.store = store;
        this.outcomes = new JobOutcomes(store);
    }

    /** How the job ended, or nothing while it has not. */
    public Optional<JobOutcome> outcome(JobId id) {
        synchronized (recent) {
            ResultManifest known = recent.get(id);
            if (known != null) {
                return Optional.of(JobOutcome.of(known));
            }
        }
        Optional<JobOutcome> outcome = outcomes.find(id).or(() -> fromBefore(id));
        synchronized (recent) {
            outcome.flatMap(JobOutcome::result).ifPresent(found -> recent.put(id, found));
        }
        return outcome;
    }

    /** The result of a job that ended before there were outcomes. */
    private Optional<JobOutcome> fromBefore(JobId id) {
        ObjectKey key = ObjectKeys.result(id);
        try {
            return store.size(key)
                    .flatMap(size -> store.find(key))
                    .map(json -> JobOutcome.of(Json.readTolerant(json, ResultManifest.class)));
        } catch (DarkroomException e) {
            if (e.code().disposition() != Disposition.USER) {
                throw e;
            }
            throw new DarkroomException(ErrorCode.INTERNAL, key + " is damaged: " + e.reason(), e);
        }
    }

    /** The job's manifest, or nothing where it is not done. */
    public Optional<ResultManifest> find(JobId id) {
        return outcome(id).flatMap(JobOutcome::result);
    }

    /**
     * Ends the job so, unless it has ended.
     *
     * @return how it ended: so, or as another decided before
     */
    public JobOutcome decide(JobOutcome wanted) {
        // A result from before there were outcomes is found, and not written over.
        return outcome(wanted.end().jobId()).orElseGet(() -> outcomes.decide(wanted));
    }

    /** How far a running job's pictures are, a PNG, or nothing where no worker has shown it. */
    public Optional<byte[]> preview(JobId id) {
        return store.find(ObjectKeys.preview(id));
    }

    /** The PNG of a picture that a manifest names, or nothing where the bucket has it no more. */
    public Optional<byte[]> picture(StoredImage image) {
        return store.find(image.key());
    }

    /**
     * A URL of a picture that a manifest names for those without credentials, or nothing where the
     * bucket has it no more.
     *
     * @param lifetime as {@link ObjectStore#presign} takes it
     */
    public Optional<PresignedUrl> pictureUrl(StoredImage image, Duration lifetime) {
        return store.size(image.key()).map(size -> store.presign(image.key(), lifetime));
    }
}
