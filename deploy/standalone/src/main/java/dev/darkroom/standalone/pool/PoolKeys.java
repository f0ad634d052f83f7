package dev.darkroom.standalone.pool;

import dev.darkroom.contract.access.ApiKeyId;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.wiring.PlatformSettings;
import dev.darkroom.producer.key.ApiKeys;
import dev.darkroom.producer.key.KeyRequest;
import dev.darkroom.producer.key.KeyView;
import java.time.Clock;
import java.util.List;

/** A pool's API keys, reached through its bucket: the way of those who hold no key yet. */
public final class PoolKeys implements AutoCloseable {
    private final ObjectStore store;
    private final ApiKeys keys;

    private PoolKeys(ObjectStore store) {
        this.store = store;
        this.keys = new ApiKeys(store, Clock.systemUTC());
    }

    /** Connects; needs the store, but no producer. */
    public static PoolKeys open(PlatformSettings settings) {
        ObjectStore store = new MinioObjectStore(settings.store());
        try {
            store.ensureBucket();
            return new PoolKeys(store);
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    public KeyView create(KeyRequest wanted) {
        return KeyView.of(keys.create(wanted));
    }

    public List<KeyView> list() {
        return keys.list().stream().map(KeyView::of).toList();
    }

    public void revoke(ApiKeyId key) {
        keys.revoke(key);
    }

    @Override
    public void close() {
        store.close();
    }
}
