package dev.darkroom.worker;

import dev.darkroom.embedded.EmbeddedBroker;
import dev.darkroom.embedded.EmbeddedStore;
import dev.darkroom.testing.EmbeddedStack;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A broker and a store of its own, without a model: the service under test must not take the jobs
 * of other tests of this JVM, since the natives load for one class loader only.
 */
public final class EmptyPool implements QuarkusTestResourceLifecycleManager {
    private EmbeddedBroker broker;
    private EmbeddedStore store;

    @Override
    public Map<String, String> start() {
        try {
            Path folder = ScratchFolder.make("darkroom-empty-pool");
            broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
            store =
                    EmbeddedStore.start(
                            folder.resolve("store"),
                            0,
                            EmbeddedStack.ACCESS_KEY,
                            EmbeddedStack.SECRET_KEY);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.of(
                "darkroom.kafka.bootstrap-servers",
                broker.bootstrapServers(),
                "darkroom.store.endpoint",
                store.endpoint().toString(),
                "darkroom.store.access-key",
                EmbeddedStack.ACCESS_KEY,
                "darkroom.store.secret-key",
                EmbeddedStack.SECRET_KEY,
                "darkroom.worker.name",
                "service-under-test",
                "quarkus.http.test-port",
                "0");
    }

    @Override
    public void stop() {
        try {
            store.close();
            broker.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
