package dev.darkroom.worker.delivery;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.Deadline;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.outcome.JobOutcomes;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends jobs. One that is done in this order: pictures, outcome with the manifest, event.
 *
 * <p>A job may be run by several workers at once where a lock was lost, and by several after each
 * other where one was killed; meanwhile someone may cancel it. {@link JobOutcomes} lets one of them
 * decide, and who comes second takes what is there as the outcome.
 *
 * <p>No write replaces a picture: a worker may stand still before any of them for as long as it
 * takes another to end the job and name the hash of what lies there. A picture found in its place
 * stays where it was made from the same parameters; where not (the model was promoted between two
 * attempts), the new one goes beside it, under a key of its parameters. So a job may leave pictures
 * that its outcome does not name. Once the outcome is there, they are removed by whoever may have
 * left some or knows that another may: who met such a picture, whose outcome was not the one, who
 * failed while storing, and who tells of a job that was delivered before or has no result.
 */
public final class Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

    /** That it is there says all. */
    private static final byte[] BEGUN = "{}".getBytes(StandardCharsets.UTF_8);

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

    /** Keeps in mind that a job with a deadline is begun; before anybody is told. */
    public void begin(JobId job) {
        store.put(ObjectKeys.begun(job), BEGUN, "application/json");
    }

    /**
     * Ends a job whose deadline has passed, unless it has ended.
     *
     * @return how it ended; nothing where an attempt has begun it in time
     */
    public Optional<JobOutcome> expire(
            JobId job, TenantName tenant, Deadline deadline, Instant now) {
        return store.size(ObjectKeys.begun(job)).isPresent()
                ? Optional.empty()
                : Optional.of(
                        decide(
                                JobOutcome.without(new JobEvent.Expired(job, now, deadline.at()))
                                        .by(tenant)));
    }

    /**
     * Ends a job with success, unless it has ended.
     *
     * @param result what {@link #store} has put there
     * @return how it ended: so, or as another decided before. Pictures that it does not name are
     *     gone, where there can be any of this attempt
     */
    public JobOutcome finish(ResultManifest result) {
        JobOutcome wanted = JobOutcome.of(result);
        JobOutcome outcome = decide(wanted);
        boolean ordinary =
                result.images().stream()
                        .allMatch(
                                image ->
                                        image.key()
                                                .equals(
                                                        ObjectKeys.image(
                                                                result.job().id(), image.index())));
        if (!ordinary || !outcome.equals(wanted)) {
            removeUnnamed(outcome);
        }
        return outcome;
    }

    /**
     * Tells (again) how a job ended, in the same words each time. What attempts have left of it
     * that the outcome does not name is gone by then.
     *
     * @param again whether the job was delivered before
     */
    public void announce(JobOutcome outcome, boolean again, Optional<String> traceparent) {
        if (again || outcome.result().isEmpty()) {
            removeUnnamed(outcome);
        }
        events.publish(outcome.end(), traceparent);
    }

    /** Removes what attempts have left of a job that its outcome does not name, if it has ended. */
    public void removeUnnamed(JobId job) {
        find(job).ifPresent(this::removeUnnamed);
    }

    private void removeUnnamed(JobOutcome outcome) {
        JobId job = outcome.end().jobId();
        List<ObjectKey> there = store.list(ObjectKeys.job(job));
        if (outcome.result().isEmpty() && there.contains(ObjectKeys.result(job))) {
            // It was done once: its outcome is from before there were any, or cannot be read.
            LOG.warn("job {} ended as {} and has a result, which stays", job, outcome.end().type());
            return;
        }
        Set<ObjectKey> named =
                outcome.result().stream()
                        .flatMap(result -> result.images().stream())
                        .map(StoredImage::key)
                        .collect(Collectors.toSet());
        there.stream()
                .filter(
                        key ->
                                !key.equals(ObjectKeys.outcome(job))
                                        && !key.equals(ObjectKeys.result(job))
                                        && !named.contains(key))
                .forEach(store::delete);
    }

    /**
     * Stores the pictures of a job that ran.
     *
     * @param pictures of seed, seed + 1, ...
     * @param stored called after each
     * @return what is in the store of them now
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
            images.add(keep(job, i, png, parameters));
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

    private StoredImage keep(GenerationJob job, int index, byte[] png, String parameters) {
        ObjectKey place = ObjectKeys.image(job.id(), index);
        ObjectKey beside = ObjectKeys.imageBeside(job.id(), index, parameters);
        for (ObjectKey key : List.of(place, beside)) {
            Optional<byte[]> kept = keep(key, png, parameters);
            if (kept.isPresent()) {
                byte[] content = kept.get();
                return new StoredImage(
                        index, key, content.length, Sha256.of(content), job.seed() + index);
            }
        }
        throw new DarkroomException(
                ErrorCode.INTERNAL, beside + " is not what its key says, or was just removed");
    }

    /** What lies under the key now, where it was made from these parameters. */
    private Optional<byte[]> keep(ObjectKey key, byte[] png, String parameters) {
        if (store.putIfAbsent(key, png, PngImage.MEDIA_TYPE)) {
            return Optional.of(png);
        }
        return store.find(key)
                .filter(
                        there ->
                                Arrays.equals(there, png)
                                        || PngImage.text(there, PictureParameters.KEYWORD)
                                                .equals(Optional.of(parameters)));
    }
}
