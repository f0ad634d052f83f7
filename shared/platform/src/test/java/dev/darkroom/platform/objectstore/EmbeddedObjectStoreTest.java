package dev.darkroom.platform.objectstore;

import dev.darkroom.testing.EmbeddedStack;

final class EmbeddedObjectStoreTest extends ObjectStoreContract {
    @Override
    ObjectStoreSettings settings() {
        return new ObjectStoreSettings(
                EmbeddedStack.shared().storeEndpoint(),
                "us-east-1",
                "contract",
                EmbeddedStack.ACCESS_KEY,
                EmbeddedStack.SECRET_KEY);
    }
}
