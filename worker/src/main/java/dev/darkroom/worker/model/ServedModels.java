package dev.darkroom.worker.model;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.life.Pulse;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;

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

    private final BiConsumer<ModelName, Cancellation> bring;

    /**
     * @param bring makes a promoted model serve, or throws
     */
    ServedModels(
            Checkpoints checkpoints, ModelPool pool, BiConsumer<ModelName, Cancellation> bring) {
        this.checkpoints = checkpoints;
        this.pool = pool;
        this.bring = bring;
    }

    /** A checkpoint for one job, which stays open until the job gives it back. */
    public final class Reservation implements AutoCloseable {
        private final CheckpointId checkpoint;
        private Optional<ModelPool.Lease> lease;

        private Reservation(CheckpointId checkpoint, Optional<ModelPool.Lease> lease) {
            this.checkpoint = checkpoint;
            this.lease = lease;
        }

        public CheckpointId checkpoint() {
            return checkpoint;
        }

        public CheckpointConfiguration configuration() {
            return checkpoints.configuration(checkpoint);
        }

        /**
         * Waits until there is room for it and it is loaded, where it was not.
         *
         * @throws DarkroomException why it cannot be, or the reason of the cancellation
         */
        public LoadedModel model(Cancellation cancellation) {
            if (lease.isEmpty()) {
                lease = Optional.of(pool.lease(checkpoint, cancellation));
            }
            return lease.get().model();
        }

        @Override
        public void close() {
            lease.ifPresent(ModelPool.Lease::close);
        }
    }

    /**
     * The checkpoint that a job begins with and keeps. The first job of a model waits until it is
     * brought in.
     *
     * @param pinned the version that the job insists on
     * @param cancellation of the job
     * @throws DarkroomException {@link ErrorCode#UNKNOWN_MODEL}, or why no version of the model can
     *     be brought in, or the reason of the cancellation
     */
    public Reservation reserve(
            ModelName model,
            Optional<CheckpointVersion> pinned,
            JobId job,
            Cancellation cancellation) {
        Pulse holder = cancellation.pulse();
        if (pinned.isPresent()) {
            CheckpointId checkpoint = new CheckpointId(model, pinned.get());
            if (!checkpoints.isPublished(checkpoint)) {
                throw new DarkroomException(
                        ErrorCode.UNKNOWN_MODEL, "there is no checkpoint " + checkpoint);
            }
            return new Reservation(checkpoint, pool.leaseIfLoaded(checkpoint, holder));
        }
        while (true) {
            Optional<Promotion> now = serving(model);
            if (now.isEmpty()) {
                bringIn(model, cancellation);
                continue;
            }
            CheckpointId checkpoint = now.get().choose(job);
            Optional<ModelPool.Lease> lease = pool.leaseIfLoaded(checkpoint, holder);
            // Closed between the choice and the lease: what took its place is there.
            if (lease.isPresent() || serving(model).equals(now)) {
                return new Reservation(checkpoint, lease);
            }
        }
    }

    private void bringIn(ModelName model, Cancellation cancellation) {
        if (checkpoints.promotion(model).isEmpty()) {
            throw new DarkroomException(
                    ErrorCode.UNKNOWN_MODEL, "no checkpoint serves the model " + model);
        }
        bring.accept(model, cancellation);
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
