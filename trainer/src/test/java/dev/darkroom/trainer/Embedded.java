package dev.darkroom.trainer;

import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import dev.darkroom.testing.EmbeddedStack;

/** How tests reach the store of their JVM. */
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
}
