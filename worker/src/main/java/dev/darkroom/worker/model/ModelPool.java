package dev.darkroom.worker.model;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.life.Pulse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models in memory: at most so many, the idle one that was wanted longest ago goes first.
 *
 * <p>A model is used through a {@link Lease}. Whoever wants one for which there is no room waits
 * until another is idle, in the order in which they came; so that one becomes idle, nobody new gets
 * the one that was wanted longest ago meanwhile. Only what is to take the place of a version that
 * serves comes beside what is there: see {@link #leaseBeside}.
 *
 * <p>One that has to go while leases are out leaves the shelf at once, so that nobody new gets it,
 * and is closed by whoever gives the last lease back: closing frees native memory that a running
 * job would still read. While a model is being loaded everyone who wants it waits for that one
 * load, and models that are there keep serving. A load that fails is forgotten, so that the next
 * lease tries again.
 *
 * <p>Whoever waits is as alive as those who load or hold what it waits for.
 */
public final class ModelPool implements AutoCloseable {
    /** Brings a checkpoint into memory and makes sure that it works. */
    @FunctionalInterface
    public interface Loader {
        /**
         * @param pulse shown that the load goes on; rests while what is done has a limit of its own
         */
        LoadedModel load(CheckpointId checkpoint, Pulse pulse);
    }

    /** The right to use a model until it is closed. */
    public final class Lease implements AutoCloseable {
        private final Shelved shelved;
        private final LoadedModel model;
        private final Pulse holder;
        private boolean open = true;

        private Lease(Shelved shelved, LoadedModel model, Pulse holder) {
            this.shelved = shelved;
            this.model = model;
            this.holder = holder;
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
                unused = giveBack(shelved, holder);
            }
            unused.forEach(Shelved::close);
        }
    }

    private static final class Shelved {
        final CheckpointId id;

        /** Of whoever loads it. */
        final Pulse loader;

        final CompletableFuture<LoadedModel> model = new CompletableFuture<>();

        /** Of those who use it or wait for its load, once for each lease. */
        final List<Pulse> holders = new ArrayList<>();

        /** Nobody new gets it, since others wait for its room. */
        boolean leaving;

        Shelved(CheckpointId id, Pulse loader) {
            this.id = id;
            this.loader = loader;
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

    /**
     * @param isNew whether it is still to be loaded, by whoever got it
     * @param surplus to be closed before
     */
    private record Place(Shelved shelved, boolean isNew, List<Shelved> surplus) {}

    private static final Logger LOG = LoggerFactory.getLogger(ModelPool.class);

    private final Loader loader;
    private final int capacity;
    // In the order of use; also the lock on all that follows and on every Shelved.
    private final Map<CheckpointId, Shelved> shelf = new LinkedHashMap<>(16, 0.75f, true);
    private final Set<Shelved> outlived = new HashSet<>();
    private final Deque<Object> queue = new ArrayDeque<>();
    private boolean open = true;

    /**
     * @param capacity models kept in memory; more only beside each other, see {@link #leaseBeside}
     */
    public ModelPool(Loader loader, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity is " + capacity + ", must be positive");
        }
        this.loader = loader;
        this.capacity = capacity;
    }

    /**
     * Waits until there is room for the model and it is loaded.
     *
     * @param cancellation of whoever wants it, and will hold it
     * @throws DarkroomException what the loader threw; the reason of the cancellation; {@link
     *     ErrorCode#NOT_READY} where the pool is closed
     */
    public Lease lease(CheckpointId checkpoint, Cancellation cancellation) {
        return lease(awaitPlace(checkpoint, cancellation), cancellation);
    }

    /**
     * As {@link #lease}, but waits for no room: what it takes the place of serves until it is
     * there. So there are as many models more than the capacity as versions were exchanged whose
     * last jobs have not ended, and one while it is loaded.
     */
    Lease leaseBeside(CheckpointId checkpoint, Cancellation cancellation) {
        Place place;
        synchronized (shelf) {
            requireOpen();
            // One that was given up would go with its last job, though it serves again.
            Optional<Shelved> found = Optional.ofNullable(shelf.get(checkpoint));
            place =
                    found.map(there -> join(there, cancellation.pulse()))
                            .orElseGet(() -> put(checkpoint, cancellation.pulse()));
        }
        return lease(place, cancellation);
    }

    /** The right to a model that is there; nothing where it would have to be waited for. */
    Optional<Lease> leaseIfLoaded(CheckpointId checkpoint, Pulse holder) {
        synchronized (shelf) {
            Optional<Shelved> found =
                    find(checkpoint)
                            .filter(one -> !one.leaving && one.model.isDone())
                            .filter(one -> !one.model.isCompletedExceptionally());
            found.ifPresent(one -> one.holders.add(holder));
            return found.map(one -> new Lease(one, one.model.join(), holder));
        }
    }

    private Place awaitPlace(CheckpointId checkpoint, Cancellation cancellation) {
        Object turn = new Object();
        synchronized (shelf) {
            try {
                Optional<Place> place = place(checkpoint, turn, cancellation.pulse());
                while (place.isEmpty()) {
                    if (!queue.contains(turn)) {
                        queue.add(turn);
                    }
                    if (queue.peek() == turn) {
                        makeRoom();
                    }
                    cancellation.waitOn(shelf, goOn());
                    place = place(checkpoint, turn, cancellation.pulse());
                }
                return place.get();
            } finally {
                if (queue.remove(turn)) {
                    // The next in turn chooses anew.
                    shelf.values().forEach(one -> one.leaving = false);
                    shelf.notifyAll();
                }
            }
        }
    }

    /** Nothing where there is no room, or others have waited longer for it. */
    private Optional<Place> place(CheckpointId checkpoint, Object turn, Pulse holder) {
        requireOpen();
        Optional<Shelved> found = find(checkpoint);
        if (found.isPresent()) {
            return found.filter(one -> !one.leaving).map(one -> join(one, holder));
        }
        boolean next = queue.isEmpty() || queue.peek() == turn;
        long inUse =
                shelf.values().stream().filter(one -> !one.holders.isEmpty()).count()
                        + outlived.size();
        return next && inUse < capacity ? Optional.of(put(checkpoint, holder)) : Optional.empty();
    }

    /** Also one that was given up and is in use still: a second one would take more room. */
    private Optional<Shelved> find(CheckpointId checkpoint) {
        return Optional.ofNullable(shelf.get(checkpoint))
                .or(
                        () ->
                                outlived.stream()
                                        .filter(one -> open && one.id.equals(checkpoint))
                                        .findFirst());
    }

    private static Place join(Shelved there, Pulse holder) {
        there.holders.add(holder);
        return new Place(there, false, List.of());
    }

    private Place put(CheckpointId checkpoint, Pulse holder) {
        List<Shelved> surplus = takeSurplus(Math.max(0, capacity - 1 - outlived.size()));
        Shelved made = new Shelved(checkpoint, holder);
        made.holders.add(holder);
        shelf.put(checkpoint, made);
        return new Place(made, true, surplus);
    }

    /** All are in use: one is kept from new users until it is not. */
    private void makeRoom() {
        if (shelf.values().stream().noneMatch(one -> one.leaving)) {
            shelf.values().stream()
                    .filter(one -> one.holders.stream().noneMatch(Pulse::isLost))
                    .findFirst()
                    .ifPresent(one -> one.leaving = true);
        }
    }

    /** Whether one of those who have the models was not given up: it may give one back. */
    private boolean goOn() {
        return Stream.concat(shelf.values().stream(), outlived.stream())
                .flatMap(one -> one.holders.stream())
                .anyMatch(holder -> !holder.isLost());
    }

    private void requireOpen() {
        if (!open) {
            throw new DarkroomException(ErrorCode.NOT_READY, "the worker is stopping");
        }
    }

    private Lease lease(Place place, Cancellation cancellation) {
        place.surplus().forEach(Shelved::close);
        Shelved shelved = place.shelved();
        if (place.isNew()) {
            load(shelved);
        }
        try {
            return new Lease(shelved, await(shelved, cancellation), cancellation.pulse());
        } catch (RuntimeException | Error e) {
            List<Shelved> unused;
            synchronized (shelf) {
                unused = giveBack(shelved, cancellation.pulse());
            }
            unused.forEach(Shelved::close);
            throw e;
        }
    }

    private static LoadedModel await(Shelved shelved, Cancellation cancellation) {
        while (true) {
            try {
                return shelved.model.get(Cancellation.LOOK.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                cancellation.waits(!shelved.loader.isLost());
            } catch (ExecutionException e) {
                throw DarkroomException.of(e.getCause() == null ? e : e.getCause());
            } catch (InterruptedException e) {
                throw Cancellation.interrupted(e);
            }
        }
    }

    private void load(Shelved shelved) {
        try {
            shelved.model.complete(loader.load(shelved.id, shelved.loader));
            LOG.info("loaded {}", shelved.id);
        } catch (RuntimeException | Error e) {
            synchronized (shelf) {
                shelf.remove(shelved.id, shelved);
                outlived.remove(shelved);
                shelf.notifyAll();
            }
            shelved.model.completeExceptionally(e);
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
            if (!retired.holders.isEmpty()) {
                outlived.add(retired);
                return;
            }
            shelf.notifyAll();
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
            outlived.addAll(shelf.values());
            shelf.clear();
            shelf.notifyAll();
        }
        unused.forEach(Shelved::close);
    }

    /**
     * @return what is to be closed now
     */
    private List<Shelved> giveBack(Shelved shelved, Pulse holder) {
        shelved.holders.remove(holder);
        List<Shelved> unused = takeSurplus(capacity);
        if (shelved.holders.isEmpty() && outlived.remove(shelved)) {
            unused.add(shelved);
        }
        shelf.notifyAll();
        return unused;
    }

    /** Takes the idle models used longest ago off the shelf until only so many are left. */
    private List<Shelved> takeSurplus(int most) {
        List<Shelved> surplus = new ArrayList<>();
        Iterator<Shelved> oldestFirst = shelf.values().iterator();
        while (shelf.size() > most && oldestFirst.hasNext()) {
            Shelved candidate = oldestFirst.next();
            if (candidate.holders.isEmpty()) {
                oldestFirst.remove();
                surplus.add(candidate);
            }
        }
        return surplus;
    }
}
