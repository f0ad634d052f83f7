package dev.darkroom.testing;

import dev.darkroom.embedded.EmbeddedBroker;
import dev.darkroom.embedded.EmbeddedStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A broker and an object store for tests: one pair for a JVM, started when first asked for, gone
 * with their data when the JVM ends.
 *
 * <p>The broker allows locks of a second, where the default is 15 or more, so that tests can watch
 * one run out.
 */
public final class EmbeddedStack {
    public static final String ACCESS_KEY = "darkroom-test";
    public static final String SECRET_KEY = "darkroom-test-secret";

    /** Broker settings that tests rely on. */
    public static final Map<String, String> BROKER_SETTINGS =
            Map.of(
                    "group.share.min.record.lock.duration.ms", "1000",
                    "group.share.max.record.lock.duration.ms", "120000");

    private static @Nullable EmbeddedStack shared;

    private final Path directory;
    private final EmbeddedBroker broker;
    private final EmbeddedStore store;

    private EmbeddedStack() throws IOException {
        directory = Files.createTempDirectory("darkroom-stack");
        broker = EmbeddedBroker.start(directory.resolve("kafka"), 0, BROKER_SETTINGS);
        store = EmbeddedStore.start(directory.resolve("store"), 0, ACCESS_KEY, SECRET_KEY);
    }

    /** The JVM's pair. */
    public static synchronized EmbeddedStack shared() {
        EmbeddedStack stack = shared;
        if (stack == null) {
            try {
                stack = new EmbeddedStack();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Runtime.getRuntime().addShutdownHook(new Thread(stack::stop, "embedded-stack-stop"));
            shared = stack;
        }
        return stack;
    }

    public String bootstrapServers() {
        return broker.bootstrapServers();
    }

    public URI storeEndpoint() {
        return store.endpoint();
    }

    /** What a service reads from its configuration to find this pair. */
    public Map<String, String> configuration() {
        return Map.of(
                "darkroom.kafka.bootstrap-servers",
                bootstrapServers(),
                "darkroom.store.endpoint",
                storeEndpoint().toString(),
                "darkroom.store.access-key",
                ACCESS_KEY,
                "darkroom.store.secret-key",
                SECRET_KEY);
    }

    private void stop() {
        try (store;
                broker) {
            // Closed by the statement itself, broker first.
        } catch (IOException e) {
            System.err.println("embedded stack did not stop: " + e);
        }
        deleteData();
    }

    private void deleteData() {
        try {
            Files.walkFileTree(
                    directory,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            Files.deleteIfExists(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(
                                Path folder, @Nullable IOException failure) throws IOException {
                            Files.deleteIfExists(folder);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            System.err.println("left behind: " + directory + ": " + e);
        }
    }
}
