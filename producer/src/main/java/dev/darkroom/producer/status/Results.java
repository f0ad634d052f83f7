package dev.darkroom.producer.status;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Finished jobs as the bucket knows them. */
public final class Results {
    /** Manifests never change, and whoever asks for one picture asks for the next. */
    private static final int REMEMBERED = 256;

    private final ObjectStore store;
    private final Map<JobId, ResultManifest> recent =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<JobId, ResultManifest> eldest) {
                    return size() > REMEMBERED;
                }
            };

    public Results(ObjectStore store) {
        this.store = store;
    }

    /** The job's manifest, or nothing while it is not done. */
    public Optional<ResultManifest> find(JobId id) {
        synchronized (recent) {
            ResultManifest known = recent.get(id);
            if (known != null) {
                return Optional.of(known);
            }
        }
        Optional<ResultManifest> manifest =
                store.find(ObjectKeys.result(id)).map(bytes -> parse(id, bytes));
        synchronized (recent) {
            manifest.ifPresent(found -> recent.put(id, found));
        }
        return manifest;
    }

    private static ResultManifest parse(JobId id, byte[] json) {
        try {
            return Json.readTolerant(json, ResultManifest.class);
        } catch (DarkroomException e) {
            throw new DarkroomException(
                    ErrorCode.INTERNAL, "the result of " + id + " is damaged: " + e.reason(), e);
        }
    }

    /** The PNG of a picture, or nothing where the bucket does not have it. */
    public Optional<byte[]> picture(JobId id, int index) {
        return store.find(ObjectKeys.image(id, index));
    }
}
