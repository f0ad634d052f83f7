package dev.darkroom.platform.lease;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKey;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Takes leases that lie in the bucket.
 *
 * <p>A lease is a row of objects {@code <prefix><epoch>.json}. Whoever writes the next epoch with
 * {@code If-None-Match: *} has the lease, and the server sees to it that of any number that race
 * one does. The holder overwrites its own object with a rising beat. Another may write the next
 * epoch once it has seen the same beat for the whole time to live <em>by its own clock</em>, or
 * once the holder has said that it is done: no two machines' clocks are ever compared. The holder
 * counts its time from before its last beat was sent, so that its own time is up before anyone
 * else's is.
 *
 * <p>The epoch is the fencing token: it only rises, and what is written under a lower one than the
 * highest in the bucket comes from a holder that was given up on.
 *
 * <p>For one thread; the leases that it gives may be used from any.
 */
public final class Leases {
    private static final String SUFFIX = ".json";

    private final ObjectStore store;
    private final String holder;
    private final Duration timeToLive;
    private final LongSupplier nanoTime;

    /** What was last seen of others' leases, and when. */
    private final Map<String, Sighting> seen = new ConcurrentHashMap<>();

    /**
     * @param holder who holds what is taken here, for people
     * @param timeToLive how long a holder that is silent keeps its lease
     * @param nanoTime as {@link System#nanoTime}
     */
    public Leases(ObjectStore store, String holder, Duration timeToLive, LongSupplier nanoTime) {
        this.store = store;
        this.holder = holder;
        this.timeToLive = timeToLive;
        this.nanoTime = nanoTime;
    }

    /** What an epoch's object says. */
    record Beat(String holder, long beat, boolean released) {}

    private record Sighting(long epoch, Beat beat, long at) {}

    /**
     * Takes the lease where nobody has it; otherwise remembers what it saw, so that it must be
     * asked again and again to follow a holder that has died.
     *
     * @param prefix of the lease's keys, ending in '/'
     * @throws DarkroomException STORE_UNAVAILABLE
     */
    public Optional<Lease> tryAcquire(String prefix) {
        long asked = nanoTime.getAsLong();
        long highest = highest(prefix);
        if (highest > 0 && !isFree(prefix, highest, asked)) {
            return Optional.empty();
        }
        long mine = highest + 1;
        Beat first = new Beat(holder, 0, false);
        if (!store.putIfAbsent(key(prefix, mine), Json.write(first), "application/json")
                || highest(prefix) != mine) {
            return Optional.empty();
        }
        seen.remove(prefix);
        store.list(prefix).stream().filter(key -> epoch(prefix, key) < mine).forEach(store::delete);
        return Optional.of(new Lease(this, prefix, mine, asked));
    }

    private boolean isFree(String prefix, long epoch, long now) {
        Optional<Beat> found =
                store.find(key(prefix, epoch)).map(json -> Json.readTolerant(json, Beat.class));
        if (found.isEmpty()) {
            // A successor has removed it just now.
            return false;
        }
        Beat beat = found.get();
        if (beat.released()) {
            return true;
        }
        Sighting last = seen.get(prefix);
        if (last == null || last.epoch() != epoch || !last.beat().equals(beat)) {
            // Timed from after the answer: the beat was there by then at the latest.
            seen.put(prefix, new Sighting(epoch, beat, nanoTime.getAsLong()));
            return false;
        }
        return now - last.at() >= timeToLive.toNanos();
    }

    /** The highest epoch in the bucket; 0 for none. */
    long highest(String prefix) {
        List<ObjectKey> keys = store.list(prefix);
        return keys.stream().mapToLong(key -> epoch(prefix, key)).max().orElse(0);
    }

    void write(String prefix, long epoch, long beat, boolean released) {
        store.put(
                key(prefix, epoch),
                Json.write(new Beat(holder, beat, released)),
                "application/json");
    }

    long nanoTime() {
        return nanoTime.getAsLong();
    }

    Duration timeToLive() {
        return timeToLive;
    }

    /** 0 for what is no epoch. */
    private static long epoch(String prefix, ObjectKey key) {
        String name = key.value().substring(prefix.length());
        if (!name.endsWith(SUFFIX)) {
            return 0;
        }
        try {
            return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static ObjectKey key(String prefix, long epoch) {
        return new ObjectKey(prefix + String.format("%012d", epoch) + SUFFIX);
    }
}
