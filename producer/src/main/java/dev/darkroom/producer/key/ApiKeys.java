package dev.darkroom.producer.key;

import dev.darkroom.contract.access.ApiKey;
import dev.darkroom.contract.access.ApiKeyId;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.StoredObject;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API keys of a pool, an object each in its bucket: every producer of the pool knows them, and
 * whoever has the bucket's credentials makes the first.
 */
public final class ApiKeys {
    private static final Logger LOG = LoggerFactory.getLogger(ApiKeys.class);

    private final ObjectStore store;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    public ApiKeys(ObjectStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * A key that was made a moment ago.
     *
     * @param secret what its holder sends; it is kept nowhere
     */
    public record Created(ApiKey key, String secret) {
        /** Leaves out the secret. */
        @Override
        public String toString() {
            return "Created[" + key.id() + "]";
        }
    }

    /** Makes a key. */
    public Created create(KeyRequest wanted) {
        KeySecret secret = KeySecret.draw(random);
        ApiKey key =
                new ApiKey(
                        secret.id(),
                        wanted.tenant(),
                        wanted.roles(),
                        secret.sha256(),
                        clock.instant(),
                        wanted.note());
        if (!store.putIfAbsent(
                ObjectKeys.apiKey(key.id()), Json.writePretty(key), "application/json")) {
            throw new DarkroomException(
                    ErrorCode.INTERNAL, "drew the id of a key that is there: try again");
        }
        return new Created(key, secret.reveal());
    }

    /** All keys that can be read, the oldest first. */
    public List<ApiKey> list() {
        return objects().stream()
                .flatMap(object -> read(object).stream())
                .sorted(Comparator.comparing(ApiKey::createdAt))
                .toList();
    }

    /**
     * Ends a key: each producer refuses it once it has looked again.
     *
     * @throws DarkroomException INVALID_REQUEST where there is none
     */
    public void revoke(ApiKeyId id) {
        if (store.size(ObjectKeys.apiKey(id)).isEmpty()) {
            throw new DarkroomException(ErrorCode.INVALID_REQUEST, "there is no key " + id);
        }
        store.delete(ObjectKeys.apiKey(id));
    }

    List<StoredObject> objects() {
        return store.objects(ObjectKeys.API_KEYS);
    }

    /** Nothing where it has gone, or is no key: a damaged one lets nobody in. */
    Optional<ApiKey> read(StoredObject object) {
        try {
            return store.find(object.key())
                    .map(json -> Json.readTolerant(json, ApiKey.class))
                    .filter(key -> ObjectKeys.apiKey(key.id()).equals(object.key()));
        } catch (DarkroomException e) {
            if (e.code().disposition() != Disposition.USER) {
                throw e;
            }
            LOG.warn("{} is no API key", object.key());
            return Optional.empty();
        }
    }
}
