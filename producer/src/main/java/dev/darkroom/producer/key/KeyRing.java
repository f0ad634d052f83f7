package dev.darkroom.producer.key;

import dev.darkroom.contract.access.ApiKey;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.platform.objectstore.StoredObject;
import dev.darkroom.platform.thread.DaemonThreads;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys as this producer knows them: read when it starts and then again and again, so that a
 * request waits for no store. While the store does not answer, what was read last holds.
 */
public final class KeyRing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);

    private final ApiKeys keys;
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("darkroom-key-ring"));

    /** By the objects that they lie in; of those that are no keys, nothing. */
    private volatile Map<StoredObject, Optional<ApiKey>> known = Map.of();

    private volatile Map<String, ApiKey> byId = Map.of();

    private volatile boolean neverHadAny = true;

    private KeyRing(ApiKeys keys) {
        this.keys = keys;
    }

    /**
     * Reads them, and again after every interval.
     *
     * @throws DarkroomException where the store does not answer now
     */
    public static KeyRing open(ApiKeys keys, Duration interval) {
        KeyRing ring = new KeyRing(keys);
        ring.refresh();
        // Never fails: what goes wrong is logged, and tried again.
        Future<?> unused =
                ring.clock.scheduleWithFixedDelay(
                        ring::refreshQuietly,
                        interval.toMillis(),
                        interval.toMillis(),
                        TimeUnit.MILLISECONDS);
        return ring;
    }

    /**
     * Whether there are no keys and were none since this process began; a damaged one counts. Where
     * the last one goes it stays so: who asked for keys does not want everyone let in.
     */
    public boolean neverHadAny() {
        return neverHadAny;
    }

    /**
     * The key that a secret belongs to.
     *
     * @param text as it came from outside
     */
    public Optional<ApiKey> find(String text) {
        return KeySecret.parse(text)
                .flatMap(
                        secret ->
                                Optional.ofNullable(byId.get(secret.id().value()))
                                        .filter(key -> secret.matches(key.sha256())));
    }

    /** Reads what is new. */
    public synchronized void refresh() {
        Map<StoredObject, Optional<ApiKey>> now = new HashMap<>();
        Map<String, ApiKey> ids = new HashMap<>();
        List<StoredObject> objects = keys.objects();
        // Before any is read: one that cannot be read shuts the door too.
        neverHadAny &= objects.isEmpty();
        for (StoredObject object : objects) {
            Optional<ApiKey> before = known.getOrDefault(object, Optional.empty());
            Optional<ApiKey> key = before.isPresent() ? before : keys.read(object);
            now.put(object, key);
            key.ifPresent(found -> ids.put(found.id().value(), found));
        }
        if (now.isEmpty() && !known.isEmpty()) {
            LOG.warn(
                    "There is no API key any more, and nobody is let in: who has the bucket's"
                            + " credentials makes one with 'darkroom keys create --tenant NAME"
                            + " --role admin'");
        }
        known = Map.copyOf(now);
        byId = Map.copyOf(ids);
    }

    private void refreshQuietly() {
        try {
            refresh();
        } catch (DarkroomException e) {
            LOG.warn("Goes on with the API keys that it knows: {}", e.reason());
        } catch (RuntimeException e) {
            LOG.warn("Goes on with the API keys that it knows", e);
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
