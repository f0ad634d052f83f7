package dev.darkroom.worker.model;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;

/**
 * Which versions this worker's jobs begin with: one reference for each model, which a {@link
 * Swapper} exchanges when what a promotion names is loaded and has shown that it works. Until then,
 * and where it does not work, jobs go on with what there is.
 */
public final class ServedModels {
    private final Checkpoints checkpoints;
    private final ModelPool pool;

    /** What is loaded of the promotions; the canary is left out until it is. */
    private final ConcurrentMap<ModelName, Promotion> serving = new ConcurrentHashMap<>();

    private final Consumer<ModelName> begun;

    /**
     * @param begun told of a model that a job has brought in
     */
    ServedModels(Checkpoints checkpoints, ModelPool pool, Consumer<ModelName> begun) {
        this.checkpoints = checkpoints;
        this.pool = pool;
        this.begun = begun;
    }

    /** A checkpoint for one job, which stays open until the job gives it back. */
    public final class Reservation implements AutoCloseable {
        private final CheckpointId checkpoint;
        private final Optional<Promotion> first;
        private Optional<ModelPool.Lease> lease;

        private Reservation(
                CheckpointId checkpoint,
                Optional<Promotion> first,
                Optional<ModelPool.Lease> lease) {
            this.checkpoint = checkpoint;
            this.first = first;
            this.lease = lease;
        }

        public CheckpointId checkpoint() {
            return checkpoint;
        }

        public CheckpointConfiguration configuration() {
            return checkpoints.configuration(checkpoint);
        }

        /**
         * Waits while it is loaded, where it was not.
         *
         * @throws DarkroomException why it cannot be
         */
        public LoadedModel model() {
            if (lease.isEmpty()) {
                lease = Optional.of(pool.lease(checkpoint));
                first.ifPresent(
                        promotion -> {
                            serving.putIfAbsent(promotion.model(), promotion);
                            // It may have been promoted away meanwhile, or have a canary.
                            begun.accept(promotion.model());
                        });
            }
            return lease.get().model();
        }

        @Override
        public void close() {
            lease.ifPresent(ModelPool.Lease::close);
        }
    }

    /**
     * The checkpoint that a job begins with and keeps.
     *
     * @param pinned the version that the job insists on
     * @throws DarkroomException {@link ErrorCode#UNKNOWN_MODEL}
     */
    public Reservation reserve(ModelName model, Optional<CheckpointVersion> pinned, JobId job) {
        if (pinned.isPresent()) {
            CheckpointId checkpoint = new CheckpointId(model, pinned.get());
            if (!checkpoints.isPublished(checkpoint)) {
                throw new DarkroomException(
                        ErrorCode.UNKNOWN_MODEL, "there is no checkpoint " + checkpoint);
            }
            return new Reservation(checkpoint, Optional.empty(), pool.leaseIfLoaded(checkpoint));
        }
        while (true) {
            Optional<Promotion> now = serving(model);
            if (now.isEmpty()) {
                return first(model);
            }
            CheckpointId checkpoint = now.get().choose(job);
            Optional<ModelPool.Lease> lease = pool.leaseIfLoaded(checkpoint);
            // Closed between the choice and the lease: what took its place is there.
            if (lease.isPresent() || serving(model).equals(now)) {
                return new Reservation(checkpoint, Optional.empty(), lease);
            }
        }
    }

    /** A model that was not wanted before: the first to want it brings it in. */
    private Reservation first(ModelName model) {
        Promotion promotion =
                checkpoints
                        .promotion(model)
                        .orElseThrow(
                                () ->
                                        new DarkroomException(
                                                ErrorCode.UNKNOWN_MODEL,
                                                "no checkpoint serves the model " + model));
        return new Reservation(
                promotion.id(),
                Optional.of(promotion.withoutCanary(promotion.promotedAt())),
                Optional.empty());
    }

    /** What jobs of a model begin with now; nothing before the first. */
    public Optional<Promotion> serving(ModelName model) {
        return Optional.ofNullable(serving.get(model));
    }

    /** The models that jobs have asked for. */
    Set<ModelName> models() {
        return Set.copyOf(serving.keySet());
    }

    /** Jobs begin with these checkpoints from now on; those that go are closed when unused. */
    void swap(Promotion promotion) {
        retire(Optional.ofNullable(serving.put(promotion.model(), promotion)), used(promotion));
    }

    /** Jobs of the model find none any more. */
    void withdraw(ModelName model) {
        retire(Optional.ofNullable(serving.remove(model)), Set.of());
    }

    private void retire(Optional<Promotion> before, Set<CheckpointId> stay) {
        Set<CheckpointId> gone = new HashSet<>(before.map(ServedModels::used).orElse(Set.of()));
        gone.removeAll(stay);
        gone.forEach(pool::retire);
    }

    private static Set<CheckpointId> used(Promotion promotion) {
        Set<CheckpointId> used = new HashSet<>(Set.of(promotion.id()));
        promotion.canaryId().ifPresent(used::add);
        return used;
    }
}
