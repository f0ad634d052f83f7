package dev.darkroom.worker.model;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models in memory: at most so many, the one that was wanted longest ago goes first.
 *
 * <p>A model is used through a {@link Lease}. One that has to go while leases are out leaves the
 * shelf at once, so that nobody new gets it, and is closed by whoever gives the last lease back:
 * closing frees native memory that a running job would still read. While a model is being loaded
 * everyone who wants it waits for that one load, and models that are there keep serving. A load
 * that fails is forgotten, so that the next lease tries again.
 */
public final class ModelPool implements AutoCloseable {
    /** Brings a checkpoint into memory and makes sure that it works. */
    @FunctionalInterface
    public interface Loader {
        LoadedModel load(CheckpointId checkpoint);
    }

    /** The right to use a model until it is closed. */
    public final class Lease implements AutoCloseable {
        private final Shelved shelved;
        private final LoadedModel model;
        private boolean open = true;

        private Lease(Shelved shelved, LoadedModel model) {
            this.shelved = shelved;
            this.model = model;
        }

        public LoadedModel model() {
            return model;
        }

        /** Gives the model back; a second call does nothing. */
        @Override
        public void close() {
            List<Shelved> unused;
            synchronized (shelf) {
                if (!open) {
                    return;
                }
                open = false;
                shelved.leases--;
                unused = takeSurplus(capacity);
                if (!shelved.wanted && shelved.leases == 0) {
                    unused.add(shelved);
                }
            }
            unused.forEach(Shelved::close);
        }
    }

    private static final class Shelved {
        final CheckpointId id;
        final CompletableFuture<LoadedModel> model = new CompletableFuture<>();
        int leases;
        boolean wanted = true;

        Shelved(CheckpointId id) {
            this.id = id;
        }

        /** Called once, by whoever saw under the lock that nobody has it or can get it. */
        void close() {
            try {
                model.join().close();
                LOG.info("closed {}", id);
            } catch (RuntimeException | Error e) {
                // Who wants another model must get it: others already wait for that load.
                LOG.error("{} did not close, its memory may be lost", id, e);
            }
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(ModelPool.class);

    private final Loader loader;
    private final int capacity;
    // In the order of use; also the lock on every Shelved's counters.
    private final Map<CheckpointId, Shelved> shelf = new LinkedHashMap<>(16, 0.75f, true);
    private boolean open = true;

    /**
     * @param capacity models kept loaded; more only while that many are leased
     */
    public ModelPool(Loader loader, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity is " + capacity + ", must be positive");
        }
        this.loader = loader;
        this.capacity = capacity;
    }

    /**
     * Waits until the model is loaded.
     *
     * @throws DarkroomException what the loader threw; {@link ErrorCode#NOT_READY} where the pool
     *     is closed
     */
    public Lease lease(CheckpointId checkpoint) {
        Shelved shelved;
        boolean mine = false;
        List<Shelved> surplus = List.of();
        synchronized (shelf) {
            if (!open) {
                throw new DarkroomException(ErrorCode.NOT_READY, "the worker is stopping");
            }
            Shelved found = shelf.get(checkpoint);
            if (found == null) {
                surplus = takeSurplus(capacity - 1);
                found = new Shelved(checkpoint);
                shelf.put(checkpoint, found);
                mine = true;
            }
            shelved = found;
            shelved.leases++;
        }
        surplus.forEach(Shelved::close);
        if (mine) {
            load(shelved);
        }
        try {
            return new Lease(shelved, shelved.model.join());
        } catch (CompletionException e) {
            throw DarkroomException.of(e.getCause() == null ? e : e.getCause());
        }
    }

    /** The right to a model that is there; nothing where it would have to be loaded first. */
    Optional<Lease> leaseIfLoaded(CheckpointId checkpoint) {
        synchronized (shelf) {
            Shelved found = shelf.get(checkpoint);
            if (found == null || !found.model.isDone() || found.model.isCompletedExceptionally()) {
                return Optional.empty();
            }
            found.leases++;
            return Optional.of(new Lease(found, found.model.join()));
        }
    }

    /** Gives up a model that no new job wants: it is closed with its last lease. */
    void retire(CheckpointId checkpoint) {
        Shelved retired;
        synchronized (shelf) {
            retired = shelf.remove(checkpoint);
            if (retired == null) {
                return;
            }
            retired.wanted = false;
            if (retired.leases > 0) {
                return;
            }
        }
        retired.close();
    }

    /** The models that are loaded, the one used last at the end. */
    public List<CheckpointId> loaded() {
        synchronized (shelf) {
            return shelf.values().stream()
                    .filter(shelved -> shelved.model.isDone())
                    .map(shelved -> shelved.id)
                    .toList();
        }
    }

    /** Refuses new leases and closes every model, those in use with their last lease. */
    @Override
    public void close() {
        List<Shelved> unused;
        synchronized (shelf) {
            open = false;
            unused = takeSurplus(0);
            shelf.values().forEach(leased -> leased.wanted = false);
            shelf.clear();
        }
        unused.forEach(Shelved::close);
    }

    private void load(Shelved shelved) {
        try {
            shelved.model.complete(loader.load(shelved.id));
            LOG.info("loaded {}", shelved.id);
        } catch (RuntimeException | Error e) {
            synchronized (shelf) {
                shelf.remove(shelved.id, shelved);
            }
            shelved.model.completeExceptionally(e);
        }
    }

    /** Takes the idle models used longest ago off the shelf until only so many are left. */
    private List<Shelved> takeSurplus(int most) {
        List<Shelved> surplus = new ArrayList<>();
        Iterator<Shelved> oldestFirst = shelf.values().iterator();
        while (shelf.size() > most && oldestFirst.hasNext()) {
            Shelved candidate = oldestFirst.next();
            if (candidate.leases == 0) {
                oldestFirst.remove();
                surplus.add(candidate);
            }
        }
        return surplus;
    }
}
