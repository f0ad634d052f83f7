package dev.darkroom.producer;

import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.GenerationRequest;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.StageTimings;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.outcome.JobOutcomes;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Leaves in queue and store what a worker would, in the order in which a worker does. */
public final class WorkerStub {
    private final JobPublisher publisher;
    private final ObjectStore store;

    public WorkerStub(JobPublisher publisher, ObjectStore store) {
        this.publisher = publisher;
        this.store = store;
    }

    /** The job that a request with this id becomes. */
    public static GenerationJob resolve(String id, GenerationRequest request) {
        return request.resolve(new JobId(id), Jobs.MODEL, Jobs.CONFIGURATION);
    }

    public void start(GenerationJob job, int attempt) {
        publisher.publish(
                new JobEvent.Started(
                        job.id(), Instant.now(), "worker-1", attempt, Jobs.VERSION, job),
                Optional.empty());
    }

    public void progress(GenerationJob job, int attempt, int step) {
        publisher.publish(
                new JobEvent.Progress(
                        job.id(), Instant.now(), attempt, step, job.steps(), Optional.empty()),
                Optional.empty());
    }

    public ResultManifest finish(GenerationJob job, int attempt) {
        ResultManifest manifest = deliver(job, attempt);
        publisher.publish(
                new JobEvent.Succeeded(
                        job.id(), Instant.now(), attempt, job.count(), ObjectKeys.result(job.id())),
                Optional.empty());
        return manifest;
    }

    /** Pictures and manifest, and no event; from before there were outcomes. */
    public ResultManifest deliver(GenerationJob job, int attempt) {
        ResultManifest manifest = pictures(job, attempt);
        store.putIfAbsent(
                ObjectKeys.result(job.id()), Json.writePretty(manifest), "application/json");
        return manifest;
    }

    /** Pictures and the outcome, and then it dies. */
    public void decide(GenerationJob job, int attempt) {
        JobOutcome outcome = JobOutcome.of(pictures(job, attempt));
        store.putIfAbsent(
                ObjectKeys.outcome(job.id()), Json.writePretty(outcome), "application/json");
    }

    /** As a worker does it; says how the job ended. */
    public JobOutcome finishUnlessEnded(GenerationJob job, int attempt) {
        JobOutcome outcome = new JobOutcomes(store).decide(JobOutcome.of(pictures(job, attempt)));
        publisher.publish(outcome.end(), Optional.empty());
        return outcome;
    }

    private ResultManifest pictures(GenerationJob job, int attempt) {
        List<StoredImage> images = new ArrayList<>();
        for (int index = 0; index < job.count(); index++) {
            byte[] png = png(job, index);
            ObjectKey key = put(job, index, png);
            images.add(
                    new StoredImage(
                            index, key, png.length, PoolStub.sha256(png), job.seed() + index));
        }
        return new ResultManifest(
                job,
                Jobs.VERSION,
                images,
                attempt,
                "worker-1",
                new StageTimings(0.5, 1, 2, 0.25),
                Instant.now());
    }

    /** Beside its place, where that is taken by another. */
    private ObjectKey put(GenerationJob job, int index, byte[] png) {
        ObjectKey place = ObjectKeys.image(job.id(), index);
        if (store.putIfAbsent(place, png, "image/png")
                || store.find(place).filter(there -> Arrays.equals(there, png)).isPresent()) {
            return place;
        }
        ObjectKey beside = ObjectKeys.imageBeside(job.id(), index, "by the stub");
        store.putIfAbsent(beside, png, "image/png");
        return beside;
    }

    public void fail(JobId id, ErrorCode code, String message) {
        publisher.publish(
                new JobEvent.Failed(id, Instant.now(), 1, code, message), Optional.empty());
    }

    /** Bytes that stand for a picture: the producer hands them on as they are. */
    public static byte[] png(GenerationJob job, int index) {
        return ("\u0089PNG " + job.id() + " " + index).getBytes(StandardCharsets.UTF_8);
    }
}
