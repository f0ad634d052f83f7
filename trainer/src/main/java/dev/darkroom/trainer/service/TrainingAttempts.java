package dev.darkroom.trainer.service;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often a training was begun without getting to another save: an object for each time, under
 * the epoch of the lease that it was begun with. So whoever loses its lease and lives takes its own
 * attempt back, however late, and touches nobody else's; of one that died with its training the
 * object stays.
 */
final class TrainingAttempts {
    private static final Logger LOG = LoggerFactory.getLogger(TrainingAttempts.class);
    private static final String NAME = "attempts";

    private final ObjectStore store;
    private final String prefix;
    private final ObjectKey own;
    private final Set<ObjectKey> owed;
    private boolean begun;
    private boolean saved;

    /**
     * @param epoch of the lease
     * @param owed attempts that could not be taken back yet
     */
    TrainingAttempts(ObjectStore store, TrainingRequest request, long epoch, Set<ObjectKey> owed) {
        this.store = store;
        this.prefix = prefix(request);
        this.own = new ObjectKey(prefix + String.format("/%012d.json", epoch));
        this.owed = owed;
    }

    /**
     * What an attempt's object says.
     *
     * @param saved whether it got to a save: it stays until the outcome is told, and does not count
     */
    record Attempt(Optional<Boolean> saved) {
        boolean counts() {
            return !saved.orElse(false);
        }
    }

    private static String prefix(TrainingRequest request) {
        return ObjectKeys.trainingFile(request.model(), request.id(), NAME).value();
    }

    /** Whether any is left, which is so until the outcome was told to everybody. */
    static boolean areLeft(ObjectStore store, TrainingRequest request) {
        return !store.list(prefix(request)).isEmpty();
    }

    /**
     * Counts one more.
     *
     * @return how many there were before
     */
    int begin() {
        takeBack(store, owed);
        int before = 0;
        for (ObjectKey key : store.list(prefix)) {
            Optional<Attempt> attempt =
                    store.find(key).map(json -> Json.readTolerant(json, Attempt.class));
            before += attempt.isPresent() && attempt.get().counts() ? 1 : 0;
        }
        // A write that seems to have failed may have come through: then it is taken back, too.
        begun = true;
        put(false);
        return before;
    }

    /** Neither this one counts any more nor those before. */
    void saved() {
        if (!saved) {
            put(true);
            for (ObjectKey key : earlier()) {
                store.delete(key);
            }
            saved = true;
        }
    }

    private List<ObjectKey> earlier() {
        return store.list(prefix).stream()
                .filter(key -> key.value().compareTo(own.value()) < 0)
                .toList();
    }

    private void put(boolean gotToASave) {
        store.put(own, Json.write(new Attempt(Optional.of(gotToASave))), "application/json");
    }

    /** Takes this one back; as soon as the bucket is there again, where it is away now. */
    void giveBack() {
        if (begun) {
            begun = false;
            owed.add(own);
            takeBack(store, owed);
        }
    }

    /** Takes back what could not be taken back before; keeps what still cannot. */
    static void takeBack(ObjectStore store, Set<ObjectKey> owed) {
        for (ObjectKey key : List.copyOf(owed)) {
            try {
                store.delete(key);
                owed.remove(key);
            } catch (DarkroomException e) {
                LOG.debug("attempt {} stays counted for now", key, e);
            }
        }
    }

    /** Forgets all of them: the outcome is told. */
    void clear() {
        store.list(prefix).forEach(store::delete);
    }
}
