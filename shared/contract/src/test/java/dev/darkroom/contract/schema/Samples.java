package dev.darkroom.contract.schema;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.event.JobPreview;
import dev.darkroom.contract.job.Deadline;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.Priority;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.contract.job.StageTimings;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.Augmentation;
import dev.darkroom.contract.training.DatasetName;
import dev.darkroom.contract.training.Margins;
import dev.darkroom.contract.training.TrainingEvent;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingOutcome;
import dev.darkroom.contract.training.TrainingProgress;
import dev.darkroom.contract.training.TrainingRequest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** One of each thing that goes over the wire. */
public final class Samples {
    public static final JobId ID = new JobId("0b2d7c1e-3f6a-4c58-9d0e-5a1b2c3d4e5f");
    public static final Instant AT = Instant.parse("2026-01-31T12:00:00.123456Z");
    public static final CheckpointVersion VERSION = new CheckpointVersion("0a1b2c3d4e5f");
    public static final CheckpointVersion OTHER_VERSION = new CheckpointVersion("5f4e3d2c1b0a");
    public static final TrainingId TRAINING = new TrainingId(ID.value());
    public static final ModelName MODEL = new ModelName("fashion-sd");

    private Samples() {}

    public static GenerationJob job(Optional<CheckpointVersion> version) {
        return new GenerationJob(
                ID,
                TenantName.DEFAULT,
                "a \"red\" sneaker \ud83d\udc5f\n\u0001 \u4e2d",
                "blurry",
                MODEL,
                version,
                32,
                40,
                25,
                SamplerName.DPMPP_2M_KARRAS,
                4.5,
                9_007_199_254_740_975L,
                16,
                Priority.NORMAL,
                Optional.of(new Deadline(AT)));
    }

    public static List<JobEvent> events() {
        GenerationJob job = job(Optional.empty());
        return List.of(
                new JobEvent.Accepted(ID, AT, job(Optional.of(VERSION))),
                new JobEvent.Started(ID, AT, "worker-1", 2, VERSION, job),
                new JobEvent.Progress(ID, AT, 2, 5, 25, Optional.empty()),
                new JobEvent.Progress(
                        ID, AT, 2, 5, 25, Optional.of(new JobPreview(ObjectKeys.preview(ID), 4))),
                new JobEvent.Succeeded(ID, AT, 2, 16, ObjectKeys.result(ID)),
                new JobEvent.Failed(ID, AT, 2, ErrorCode.ATTEMPTS_EXHAUSTED, "tried 5 times"),
                new JobEvent.Cancelled(ID, AT),
                new JobEvent.Expired(ID, AT, AT));
    }

    public static List<JobOutcome> outcomes() {
        return events().stream()
                .filter(JobEvent::isFinal)
                .flatMap(
                        end ->
                                end instanceof JobEvent.Succeeded
                                        ? Stream.of(JobOutcome.of(manifest()))
                                        : Stream.of(
                                                JobOutcome.without(end),
                                                JobOutcome.without(end).by(new TenantName("acme"))))
                .toList();
    }

    public static ResultManifest manifest() {
        return new ResultManifest(
                job(Optional.empty()),
                VERSION,
                List.of(new StoredImage(0, ObjectKeys.image(ID, 0), 2391, "0f".repeat(32), 7)),
                2,
                "worker-1",
                new StageTimings(0.02, 1.25, 0.125, 1e-5),
                AT);
    }

    public static Promotion promotion() {
        return Promotion.of(
                new CheckpointId(MODEL, VERSION), Instant.parse("2026-01-31T12:00:00Z"));
    }

    public static Promotion trial(int percent) {
        return new Promotion(
                MODEL, VERSION, AT, Optional.of(new Promotion.Canary(OTHER_VERSION, percent)));
    }

    public static List<CheckpointEvent> checkpointEvents() {
        return List.of(
                new CheckpointEvent.Published(MODEL, VERSION, AT),
                new CheckpointEvent.NotPromoted(MODEL, VERSION, AT, "worse"),
                new CheckpointEvent.Promoted(MODEL, VERSION, AT, Optional.empty()),
                new CheckpointEvent.Promoted(MODEL, VERSION, AT, Optional.of(OTHER_VERSION)),
                new CheckpointEvent.RolledBack(MODEL, VERSION, AT, OTHER_VERSION, "failures"),
                new CheckpointEvent.CanaryStarted(MODEL, VERSION, AT, 10),
                new CheckpointEvent.CanaryEnded(MODEL, VERSION, AT, true, "no failures"),
                new CheckpointEvent.Swapped(
                        MODEL, VERSION, AT, "worker-1", Optional.of(OTHER_VERSION), 1840),
                new CheckpointEvent.Refused(
                        MODEL,
                        VERSION,
                        AT,
                        "worker-1",
                        ErrorCode.CORRUPT_CHECKPOINT,
                        "does not load",
                        Optional.of(AT)));
    }

    public static TrainingRequest trainingRequest() {
        return new TrainingRequest(
                TRAINING,
                MODEL,
                new DatasetName("sneakers"),
                Optional.of(2000),
                Optional.of(90),
                Optional.of(1e-4),
                Optional.of(8),
                Optional.of(true),
                Optional.of(Margins.USUAL),
                Optional.of(10),
                Optional.of(false),
                Optional.of(new Augmentation(Optional.of(0.5), Optional.of(2), Optional.of(0.25))));
    }

    public static List<TrainingEvent> trainingEvents() {
        return List.of(
                new TrainingEvent.Started(
                        TRAINING, MODEL, AT, "trainer-1", VERSION, Optional.empty()),
                new TrainingEvent.Started(
                        TRAINING, MODEL, AT, "trainer-1", VERSION, Optional.of(7L)),
                new TrainingEvent.Progressed(
                        TRAINING,
                        MODEL,
                        AT,
                        new TrainingProgress(
                                "unet",
                                5,
                                25,
                                Optional.of(0.25),
                                Optional.of(99.5),
                                Optional.of(4L))),
                new TrainingEvent.Interrupted(TRAINING, MODEL, AT, "trainer-1", "stops"),
                new TrainingEvent.Finished(
                        TRAINING,
                        MODEL,
                        AT,
                        new TrainingOutcome(
                                TRAINING,
                                MODEL,
                                TrainingOutcome.Result.NOT_PROMOTED,
                                Optional.of(VERSION),
                                List.of("worse"),
                                Optional.of(ErrorCode.INTERNAL),
                                AT)));
    }
}
