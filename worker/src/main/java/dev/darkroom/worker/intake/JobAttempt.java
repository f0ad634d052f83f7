package dev.darkroom.worker.intake;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.JobEvent;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.job.JobStage;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.StageTimings;
import dev.darkroom.contract.job.StoredImage;
import dev.darkroom.platform.kafka.AcquiredRecord;
import dev.darkroom.worker.delivery.Delivery;
import dev.darkroom.worker.generate.Generation;
import dev.darkroom.worker.generate.Generator;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ServedModels;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a job once, from the record to its outcome; throws where it cannot. */
public final class JobAttempt {
    private static final Logger LOG = LoggerFactory.getLogger(JobAttempt.class);
    private static final double NANOS = 1e9;

    private final ServedModels models;
    private final Generator generator;
    private final Delivery delivery;
    private final RunningJobs running;
    private final Reporting reporting;
    private final ModelName defaultModel;
    private final int maxAttempts;
    private final Insistence insistence;

    /**
     * What a worker does the same way for every job.
     *
     * @param retry between tries to store pictures
     */
    public record Policy(ModelName defaultModel, int maxAttempts, Backoff retry) {}

    public JobAttempt(
            ServedModels models,
            Generator generator,
            Delivery delivery,
            RunningJobs running,
            Reporting reporting,
            Policy policy) {
        this.models = models;
        this.generator = generator;
        this.delivery = delivery;
        this.running = running;
        this.reporting = reporting;
        this.defaultModel = policy.defaultModel();
        this.maxAttempts = policy.maxAttempts();
        this.insistence = new Insistence(policy.retry());
    }

    /**
     * @param reached told of each stage that begins
     * @return how the job ended, of which nobody has been told yet
     * @throws DarkroomException whatever stands in the way, by its code
     */
    JobOutcome run(AcquiredRecord record, Cancellation cancellation, Reached reached) {
        reached.begin(JobStage.TAKEN);
        JobRecord asked = JobRecord.decode(record.value());
        Cancellation own = cancellation.inner();
        running.enter(asked.id(), own, reached.demand());
        try {
            Optional<JobOutcome> before = delivery.find(asked.id());
            return before.isPresent() ? before.get() : run(record, asked, own, reached);
        } catch (DarkroomException e) {
            if (e.code() != ErrorCode.JOB_ENDED) {
                throw e;
            }
            return delivery.find(asked.id()).orElseThrow(() -> e);
        } finally {
            running.leave(asked.id(), own);
        }
    }

    private JobOutcome run(
            AcquiredRecord record, JobRecord asked, Cancellation cancellation, Reached reached) {
        Optional<JobOutcome> late = expire(asked);
        if (late.isPresent()) {
            return late.get();
        }
        if (record.deliveries() > maxAttempts) {
            throw new DarkroomException(
                    ErrorCode.ATTEMPTS_EXHAUSTED,
                    "delivered " + record.deliveries() + " times and never finished");
        }
        reached.begin(JobStage.MODEL);
        ModelName model = asked.request().model().orElse(defaultModel);
        Optional<CheckpointVersion> pinned = asked.request().version();
        try (ServedModels.Reservation reserved =
                models.reserve(model, pinned, asked.id(), cancellation)) {
            // It may have waited until any version of the model was there.
            late = expire(asked);
            return late.isPresent()
                    ? late.get()
                    : run(record, asked, model, reserved, cancellation, reached);
        }
    }

    /** Ends a job that is too late, unless an attempt before this one has begun it in time. */
    private Optional<JobOutcome> expire(JobRecord asked) {
        Instant now = reporting.clock().instant();
        return asked.request()
                .deadline()
                .filter(deadline -> deadline.hasPassed(now))
                .flatMap(
                        deadline ->
                                delivery.expire(
                                        asked.id(),
                                        asked.request().tenant().orElse(TenantName.DEFAULT),
                                        deadline,
                                        now));
    }

    private JobOutcome run(
            AcquiredRecord record,
            JobRecord asked,
            ModelName model,
            ServedModels.Reservation reserved,
            Cancellation cancellation,
            Reached reached) {
        CheckpointConfiguration configuration = reserved.configuration();
        GenerationJob job = asked.request().resolve(asked.id(), model, configuration);
        Generator.requirePossible(job, configuration);
        int attempt = record.deliveries();
        Optional<String> traceparent = record.traceparent();
        CheckpointId checkpoint = reserved.checkpoint();
        // From here on it is begun, and has all the time that it takes: also to wait for room in
        // memory and for the load. Told before those, since whoever orders the jobs takes one that
        // nobody tells of for a sign that all slots are taken, and would hold up all others.
        if (job.deadline().isPresent()) {
            delivery.begin(job.id());
        }
        reporting
                .events()
                .publish(
                        new JobEvent.Started(
                                job.id(),
                                reporting.clock().instant(),
                                delivery.worker(),
                                attempt,
                                checkpoint.version(),
                                job),
                        traceparent);
        // It must show that it goes on; what its model's load shows is its own sign.
        cancellation.check();
        LoadedModel loaded = reserved.model(cancellation);
        cancellation.check();
        ProgressReporter progress =
                new ProgressReporter(
                        reporting, delivery.previews(), job.id(), attempt, traceparent, reached);
        Generation generation = generator.generate(job, loaded, progress, cancellation);
        // The pictures are made: what waits for the store needs no model.
        reserved.close();
        cancellation.check();
        reached.begin(JobStage.STORING);
        return deliver(job, checkpoint, attempt, generation, cancellation);
    }

    private JobOutcome deliver(
            GenerationJob job,
            CheckpointId checkpoint,
            int attempt,
            Generation generation,
            Cancellation cancellation) {
        try {
            return store(job, checkpoint, attempt, generation, cancellation);
        } catch (RuntimeException e) {
            // Whoever ended the job meanwhile may have looked before the last picture came. It
            // needs no lock, which may be lost by now.
            try {
                delivery.removeUnnamed(job.id());
            } catch (RuntimeException another) {
                e.addSuppressed(another);
            }
            throw e;
        }
    }

    private JobOutcome store(
            GenerationJob job,
            CheckpointId checkpoint,
            int attempt,
            Generation generation,
            Cancellation cancellation) {
        long begin = System.nanoTime();
        List<StoredImage> images =
                insist(
                        job,
                        () ->
                                delivery.store(
                                        job,
                                        checkpoint.version(),
                                        generation.pictures(),
                                        cancellation.pulse()::live),
                        cancellation);
        StageTimings seconds =
                new StageTimings(
                        generation.textEncoder(),
                        generation.denoiser(),
                        generation.decoder(),
                        (System.nanoTime() - begin) / NANOS);
        reporting.observer().generated(images.size(), seconds);
        ResultManifest result =
                new ResultManifest(
                        job,
                        checkpoint.version(),
                        images,
                        attempt,
                        delivery.worker(),
                        seconds,
                        reporting.clock().instant());
        return insist(job, () -> delivery.finish(result), cancellation);
    }

    /**
     * Writes until the store takes it. With pictures in hand another attempt would only make them
     * again and be counted, and a store that refuses writes may well answer reads.
     */
    private <T> T insist(GenerationJob job, Supplier<T> write, Cancellation cancellation) {
        return insistence.until(
                write,
                Delivery::isRefusal,
                e -> LOG.warn("job {} cannot be stored, goes on trying", job.id(), e),
                cancellation);
    }
}
