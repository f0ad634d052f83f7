package dev.darkroom.producer.checkpoint;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.Bounds;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.training.TrainingProvenance;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.platform.registry.PrunePlan;
import dev.darkroom.platform.registry.PrunePolicy;
import dev.darkroom.platform.registry.PublishedCheckpoint;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The registry as people use it: what is done to it is told in events. */
public final class CheckpointDesk {
    private final CheckpointRegistry registry;
    private final Consumer<CheckpointEvent> events;
    private final Supplier<Set<CheckpointVersion>> inUse;
    private final Clock clock;

    /**
     * @param inUse the versions that jobs need which are not done
     */
    public CheckpointDesk(
            CheckpointRegistry registry,
            Consumer<CheckpointEvent> events,
            Supplier<Set<CheckpointVersion>> inUse,
            Clock clock) {
        this.registry = registry;
        this.events = events;
        this.inUse = inUse;
        this.clock = clock;
    }

    /**
     * @param state promoted, canary, previous (what a rollback promotes), published, or parts
     */
    public record Version(
            PublishedCheckpoint stored, String state, Optional<TrainingProvenance> provenance) {}

    /** The newest first. */
    public List<Version> versions(ModelName model) {
        List<PublishedCheckpoint> all = registry.versions(model);
        if (all.isEmpty()) {
            throw new DarkroomException(
                    ErrorCode.UNKNOWN_MODEL, "no checkpoint of " + model + " is published");
        }
        return all.stream()
                .map(
                        stored ->
                                new Version(
                                        stored,
                                        stored.manifest().isEmpty() ? "parts" : state(stored.id()),
                                        stored.manifest()
                                                .flatMap(any -> registry.provenance(stored.id()))))
                .toList();
    }

    public String state(CheckpointId checkpoint) {
        CheckpointVersion version = checkpoint.version();
        Optional<Promotion> standing =
                registry.promotions().stream()
                        .filter(each -> each.model().equals(checkpoint.model()))
                        .findFirst();
        if (standing.filter(each -> each.version().equals(version)).isPresent()) {
            return "promoted";
        }
        if (standing.flatMap(Promotion::canaryId).equals(Optional.of(checkpoint))) {
            return "canary";
        }
        return standing.stream()
                        .flatMap(each -> each.history().stream().limit(1))
                        .anyMatch(version::equals)
                ? "previous"
                : "published";
    }

    public CheckpointManifest manifest(CheckpointId checkpoint) {
        return registry.requireManifest(checkpoint);
    }

    public CheckpointConfiguration configuration(CheckpointId checkpoint) {
        return registry.configuration(checkpoint);
    }

    public Optional<TrainingProvenance> provenance(CheckpointId checkpoint) {
        return registry.provenance(checkpoint);
    }

    /**
     * @param canaryPercent 0: all jobs
     */
    public Promotion promote(CheckpointId checkpoint, int canaryPercent) {
        Bounds.require("canaryPercent", canaryPercent, 0, 99);
        Optional<CheckpointVersion> before =
                registry.promoted(checkpoint.model()).map(CheckpointId::version);
        if (canaryPercent > 0) {
            Promotion trial = registry.promoteCanary(checkpoint, canaryPercent);
            events.accept(
                    new CheckpointEvent.CanaryStarted(
                            checkpoint.model(),
                            checkpoint.version(),
                            clock.instant(),
                            canaryPercent));
            return trial;
        }
        registry.promote(checkpoint);
        events.accept(
                new CheckpointEvent.Promoted(
                        checkpoint.model(), checkpoint.version(), clock.instant(), before));
        return registry.promotion(checkpoint.model()).orElseThrow();
    }

    /** Undoes the last step: see {@link Promotion#rolledBack}. */
    public Promotion rollBack(ModelName model) {
        Optional<Promotion> before = registry.promotion(model);
        Promotion back = registry.rollBack(model);
        before.ifPresent(
                standing ->
                        events.accept(
                                standing.canary()
                                        .<CheckpointEvent>map(
                                                trial ->
                                                        new CheckpointEvent.CanaryEnded(
                                                                model,
                                                                trial.version(),
                                                                clock.instant(),
                                                                false,
                                                                "someone rolled back"))
                                        .orElseGet(
                                                () ->
                                                        new CheckpointEvent.RolledBack(
                                                                model,
                                                                back.version(),
                                                                clock.instant(),
                                                                standing.version(),
                                                                "someone rolled back"))));
        return back;
    }

    /**
     * @param remove whether to do it
     */
    public PrunePlan prune(ModelName model, int keep, int days, boolean remove) {
        PrunePlan plan =
                registry.planPrune(
                        model,
                        new PrunePolicy(keep, Duration.ofDays(days), PrunePolicy.ABANDONED),
                        inUse.get());
        if (remove) {
            plan.removed().forEach(gone -> registry.remove(gone.id()));
        }
        return plan;
    }
}
