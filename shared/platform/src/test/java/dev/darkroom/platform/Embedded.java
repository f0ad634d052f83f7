package dev.darkroom.platform;

import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import dev.darkroom.testing.EmbeddedStack;
import java.util.Map;

/** How tests reach the broker and the store of their JVM. */
public final class Embedded {
    private Embedded() {}

    /** With a bucket that is there; the caller closes it. */
    public static ObjectStore store(String bucket) {
        ObjectStore store =
                new MinioObjectStore(
                        new ObjectStoreSettings(
                                EmbeddedStack.shared().storeEndpoint(),
                                "us-east-1",
                                bucket,
                                EmbeddedStack.ACCESS_KEY,
                                EmbeddedStack.SECRET_KEY));
        store.ensureBucket();
        return store;
    }

    /** Of a broker that has the pool's topics. */
    public static KafkaSettings kafka() {
        KafkaSettings kafka =
                new KafkaSettings(EmbeddedStack.shared().bootstrapServers(), Map.of(), 2, 1, 3);
        PoolTopology.ensure(kafka);
        return kafka;
    }
}
