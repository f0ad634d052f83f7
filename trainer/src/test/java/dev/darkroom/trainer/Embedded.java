package dev.darkroom.trainer;

import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import dev.darkroom.testing.EmbeddedStack;
import java.net.URI;

/** How tests reach the store of their JVM. */
public final class Embedded {
    private Embedded() {}

    /** With a bucket that is there; the caller closes it. */
    public static ObjectStore store(String bucket) {
        return store(EmbeddedStack.shared().storeEndpoint(), bucket);
    }

    /** As the other, of whatever JVM has the store. */
    public static ObjectStore store(URI endpoint, String bucket) {
        ObjectStore store =
                new MinioObjectStore(
                        new ObjectStoreSettings(
                                endpoint,
                                "us-east-1",
                                bucket,
                                EmbeddedStack.ACCESS_KEY,
                                EmbeddedStack.SECRET_KEY));
        store.ensureBucket();
        return store;
    }
}
