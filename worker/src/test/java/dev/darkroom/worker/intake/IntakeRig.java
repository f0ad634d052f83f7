package dev.darkroom.worker.intake;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.event.JobOutcome;
import dev.darkroom.contract.job.GenerationJob;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.contract.job.JobRecord;
import dev.darkroom.contract.job.ResultManifest;
import dev.darkroom.contract.job.SamplerName;
import dev.darkroom.platform.kafka.AcquiredRecord;
import dev.darkroom.platform.kafka.AcquiredRecords;
import dev.darkroom.platform.kafka.GivenUp;
import dev.darkroom.testing.Interposed;
import dev.darkroom.worker.FakeStages;
import dev.darkroom.worker.Jobs;
import dev.darkroom.worker.MemoryObjectStore;
import dev.darkroom.worker.RecordedEvents;
import dev.darkroom.worker.delivery.Delivery;
import dev.darkroom.worker.delivery.Previews;
import dev.darkroom.worker.generate.ActivationBudget;
import dev.darkroom.worker.generate.Generator;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.life.Pulse;
import dev.darkroom.worker.model.Checkpoints;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelPool;
import dev.darkroom.worker.model.Swapper;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A job handler with everything around it in memory. */
final class IntakeRig implements Checkpoints, DeadLetters {
    static final int MAX_ATTEMPTS = 3;

    final MemoryObjectStore store = new MemoryObjectStore();
    final RecordedEvents events = new RecordedEvents();
    final FakeStages stages = new FakeStages();
    final List<GivenUp> buried = new CopyOnWriteArrayList<>();
    final AtomicInteger hangs = new AtomicInteger();
    volatile Runnable beforeBurying = () -> {};

    /** Called while a checkpoint's files are fetched. */
    volatile Runnable whileFetching = () -> {};

    /** Called while the model is made of them. */
    volatile Runnable whileLoading = () -> {};

    final Backoff backoff = new Backoff(Duration.ofMillis(1), Duration.ofMillis(20));
    final Delivery delivery =
            new Delivery(store, events, new Previews(store), "rig", "Darkroom test");
    final RunningJobs running = new RunningJobs();
    final ModelPool models = new ModelPool(this::load, 1);
    private final Swapper swapper =
            new Swapper(
                    this,
                    models,
                    event -> {},
                    new Swapper.Settings("rig", Clock.systemUTC(), backoff::after));
    final JobHandler handler = handler();

    private LoadedModel load(CheckpointId checkpoint, Pulse pulse) {
        pulse.rest();
        whileFetching.run();
        pulse.live();
        whileLoading.run();
        return stages.model(checkpoint);
    }

    private JobHandler handler() {
        Reporting reporting = new Reporting(events, this, JobObserver.none(), Clock.systemUTC());
        JobAttempt attempt =
                new JobAttempt(
                        swapper.served(),
                        new Generator(new ActivationBudget(64)),
                        delivery,
                        running,
                        reporting,
                        new JobAttempt.Policy(Jobs.MODEL, MAX_ATTEMPTS, backoff));
        return new JobHandler(attempt, delivery, reporting, backoff, MAX_ATTEMPTS);
    }

    /** None yet; they count their hangs here. */
    Slots slots(JobSource source, Duration grace, Duration silence) {
        JobObserver counting =
                Interposed.as(
                        JobObserver.class,
                        (method, arguments) -> {
                            hangs.addAndGet(method.getName().equals("hung") ? 1 : 0);
                            return Interposed.call(JobObserver.none(), method, arguments);
                        });
        return new Slots(
                "test",
                name -> source,
                handler,
                new Slots.Rules(backoff, grace, silence, counting));
    }

    Ending handle(AcquiredRecord record) {
        return handler.handle(record, new Cancellation());
    }

    ResultManifest result() {
        return result(Jobs.ID);
    }

    ResultManifest result(JobId job) {
        return delivery.find(job).flatMap(JobOutcome::result).orElseThrow();
    }

    static GenerationJob job() {
        return Jobs.job(Jobs.ID, "a", "b", SamplerName.EULER, 3, 2);
    }

    static AcquiredRecord record(int deliveries) {
        return record(JobRecord.encode(job()), deliveries);
    }

    static AcquiredRecord record(byte[] value, int deliveries) {
        return AcquiredRecords.of(Optional.empty(), value, deliveries, Map.of());
    }

    static AcquiredRecord text(String value) {
        return record(value.getBytes(StandardCharsets.UTF_8), 1);
    }

    @Override
    public Optional<Promotion> promotion(ModelName model) {
        return model.equals(Jobs.MODEL)
                ? Optional.of(Promotion.of(Jobs.CHECKPOINT, Instant.EPOCH))
                : Optional.empty();
    }

    @Override
    public boolean isPublished(CheckpointId checkpoint) {
        return checkpoint.equals(Jobs.CHECKPOINT);
    }

    @Override
    public CheckpointConfiguration configuration(CheckpointId checkpoint) {
        return FakeStages.configuration();
    }

    @Override
    public void bury(AcquiredRecord record, GivenUp why) {
        beforeBurying.run();
        buried.add(why);
    }
}
