package dev.darkroom.worker.delivery;

import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.Deadline;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.outcome.JobOutcomes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Ends jobs. One that is done in this order: pictures, outcome with the manifest, event.
 *
 * <p>A job may be run by several workers at once where a lock was lost, and by several after each
 * other where one was killed; meanwhile someone may cancel it. {@link JobOutcomes} lets one of them
 * decide, and who comes second takes what is there as the outcome. Pictures are written once as
 * well: a picture found under its key stays where it was made from the same parameters, so that a
 * late worker never changes bytes whose hash is in another's manifest. One from other parameters
 * (the model was promoted between two attempts) is replaced, but only while there is no manifest.
 * Those of a job that ended without a result are removed by whoever finds that out with pictures in
 * hand.
 */
public final class Delivery {
    private final ObjectStore store;
    private final JobOutcomes outcomes;
    private final EventLog events;
    private final Previews previews;
    private final String worker;
    private final String software;

    /**
     * @param worker this worker's name
     * @param software name and version, for the pictures' parameters
     */
    public Delivery(
            ObjectStore store, EventLog events, Previews previews, String worker, String software) {
        this.store = store;
        this.outcomes = new JobOutcomes(store);
        this.events = events;
        this.previews = previews;
        this.worker = worker;
        this.software = software;
    }

    /** Whether the store is away or does not let this worker in, which may pass. */
    public static boolean isRefusal(Throwable failure) {
        return failure instanceof DarkroomException known
                && (known.code() == ErrorCode.STORE_UNAVAILABLE
                        || known.code() == ErrorCode.MISCONFIGURED);
    }

    /**
     * How a job ended, where it has.
     *
     * @throws DarkroomException {@link ErrorCode#INTERNAL} where that is there and damaged
     */
    public Optional<JobOutcome> find(JobId job) {
        return outcomes.find(job);
    }

    /**
     * Ends a job so, unless it has ended.
     *
     * @return how it ended: so, or as another decided before
     */
    public JobOutcome decide(JobOutcome wanted) {
        return outcomes.decide(wanted);
    }

    /**
     * Ends a job that was not begun in time, unless it has ended.
     *
     * @return how it ended
     */
    public JobOutcome expire(JobId job, Deadline deadline, Instant now) {
        return decide(JobOutcome.without(new JobEvent.Expired(job, now, deadline.at())));
    }

    /**
     * Tells (again) how a job ended, in the same words each time. What an attempt has left of a job
     * that nobody wants any more is gone by then.
     */
    public void announce(JobOutcome outcome, Optional<String> traceparent) {
        JobEvent end = outcome.end();
        if (end instanceof JobEvent.Cancelled || end instanceof JobEvent.Expired) {
            removePictures(end.jobId());
        }
        events.publish(end, traceparent);
    }

    /** Removes what attempts have left of a job that ended without a result. */
    public void removePictures(JobId job) {
        store.list(ObjectKeys.job(job)).stream()
                .filter(key -> !key.equals(ObjectKeys.outcome(job)))
                .forEach(store::delete);
    }

    /**
     * Stores the pictures of a job that ran.
     *
     * @param pictures of seed, seed + 1, ...
     * @param stored called after each
     * @return what is in the store under their keys now
     */
    public List<StoredImage> store(
            GenerationJob job,
            CheckpointVersion checkpoint,
            List<RgbImage> pictures,
            Runnable stored) {
        List<StoredImage> images = new ArrayList<>();
        for (int i = 0; i < pictures.size(); i++) {
            String parameters = PictureParameters.text(job, i, checkpoint, software);
            byte[] png =
                    PngImage.encode(pictures.get(i), Map.of(PictureParameters.KEYWORD, parameters));
            ObjectKey key = ObjectKeys.image(job.id(), i);
            byte[] kept = keep(job.id(), key, png, parameters);
            images.add(new StoredImage(i, key, kept.length, Sha256.of(kept), job.seed() + i));
            stored.run();
        }
        return images;
    }

    /** Where running jobs are shown. */
    public Previews previews() {
        return previews;
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
