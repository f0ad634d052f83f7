package dev.darkroom.worker.delivery;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.Sha256;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finishes jobs, in this order: pictures, manifest, event.
 *
 * <p>A job may be run by several workers at once where a lock was lost, and by several after each
 * other where one was killed. The manifest is written once ({@code If-None-Match}), and who comes
 * second takes what is there as the result. Pictures are written once as well: a picture found
 * under its key stays where it was made from the same parameters, so that a late worker never
 * changes bytes whose hash is in another's manifest. One from other parameters (the model was
 * promoted between two attempts) is replaced, but only while there is no manifest.
 */
public final class Delivery {
    private static final String JSON = "application/json";

    private final ObjectStore store;
    private final EventLog events;
    private final Clock clock;
    private final String worker;
    private final String software;

    /**
     * @param worker this worker's name
     * @param software name and version, for the pictures' parameters
     */
    public Delivery(
            ObjectStore store, EventLog events, Clock clock, String worker, String software) {
        this.store = store;
        this.events = events;
        this.clock = clock;
        this.worker = worker;
        this.software = software;
    }

    /** Whether the store is away or does not let this worker in, which may pass. */
    public static boolean isRefusal(DarkroomException failure) {
        return failure.code() == ErrorCode.STORE_UNAVAILABLE
                || failure.code() == ErrorCode.MISCONFIGURED;
    }

    /**
     * The result of a job that is done.
     *
     * @throws DarkroomException {@link ErrorCode#INTERNAL} where it is there and damaged
     */
    public Optional<ResultManifest> find(JobId job) {
        ObjectKey key = ObjectKeys.result(job);
        // Mostly there is none: the client takes milliseconds to read the document that says so,
        // which HEAD does not have.
        return store.size(key).isPresent()
                ? store.find(key).map(bytes -> read(job, bytes))
                : Optional.empty();
    }

    private static ResultManifest read(JobId job, byte[] bytes) {
        try {
            return Json.readTolerant(bytes, ResultManifest.class);
        } catch (DarkroomException e) {
            throw new DarkroomException(
                    ErrorCode.INTERNAL, ObjectKeys.result(job) + " is damaged: " + e.reason(), e);
        }
    }

    /** Tells (again) that the job is done. */
    public void announce(ResultManifest result, Optional<String> traceparent) {
        JobId job = result.job().id();
        events.publish(
                new JobEvent.Succeeded(
                        job,
                        clock.instant(),
                        result.attempt(),
                        result.images().size(),
                        ObjectKeys.result(job)),
                traceparent);
    }

    /**
     * Stores the pictures of a job that ran.
     *
     * @param pictures of seed, seed + 1, ...
     * @return what is in the store under their keys now
     */
    public List<StoredImage> store(
            GenerationJob job, CheckpointVersion checkpoint, List<RgbImage> pictures) {
        List<StoredImage> stored = new ArrayList<>();
        for (int i = 0; i < pictures.size(); i++) {
            String parameters = PictureParameters.text(job, i, checkpoint, software);
            byte[] png =
                    PngImage.encode(pictures.get(i), Map.of(PictureParameters.KEYWORD, parameters));
            ObjectKey key = ObjectKeys.image(job.id(), i);
            byte[] kept = keep(job.id(), key, png, parameters);
            stored.add(new StoredImage(i, key, kept.length, Sha256.of(kept), job.seed() + i));
        }
        return stored;
    }

    /**
     * Writes the manifest where there is none.
     *
     * @return the manifest that counts: this one, or the one that another worker wrote before
     */
    public ResultManifest complete(ResultManifest result) {
        ObjectKey key = ObjectKeys.result(result.job().id());
        if (store.putIfAbsent(key, Json.writePretty(result), JSON)) {
            return result;
        }
        return find(result.job().id())
                .orElseThrow(
                        () ->
                                new DarkroomException(
                                        ErrorCode.STORE_UNAVAILABLE,
                                        key + " is there and is not there"));
    }

    public String worker() {
        return worker;
    }

    private byte[] keep(JobId job, ObjectKey key, byte[] png, String parameters) {
        if (store.putIfAbsent(key, png, PngImage.MEDIA_TYPE)) {
            return png;
        }
        Optional<byte[]> there = store.find(key);
        if (there.isPresent()) {
            byte[] other = there.get();
            boolean same =
                    Arrays.equals(other, png)
                            || PngImage.text(other, PictureParameters.KEYWORD)
                                    .equals(Optional.of(parameters));
            if (same || store.size(ObjectKeys.result(job)).isPresent()) {
                return other;
            }
        }
        store.put(key, png, PngImage.MEDIA_TYPE);
        return png;
    }
}
