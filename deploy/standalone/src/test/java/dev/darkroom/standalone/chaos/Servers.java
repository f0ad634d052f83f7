package dev.darkroom.standalone.chaos;

import dev.darkroom.embedded.EmbeddedBroker;
import dev.darkroom.embedded.EmbeddedStore;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.objectstore.MinioObjectStore;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import dev.darkroom.testing.EmbeddedStack;
import dev.darkroom.testing.TestJvm;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The broker here, the store in a process of its own behind a {@link FaultyLink}. */
final class Servers implements AutoCloseable {
    static final int LOCK_SECONDS = 2;

    private final Path folder;
    private EmbeddedBroker broker;
    private final Process storeProcess;
    private final FaultyLink link;

    Servers(Path folder) throws IOException {
        this.folder = folder;
        this.broker = startBroker(0);
        this.storeProcess =
                java(StoreProcess.class, List.of(folder.resolve("store").toString()))
                        .redirectError(folder.resolve("store.log").toFile())
                        .start();
        int port = Integer.parseInt(Lines.first(storeProcess));
        this.link = new FaultyLink(port);
    }

    /** The store, until standard input ends; says its port first. */
    static final class StoreProcess {
        private StoreProcess() {}

        public static void main(String[] arguments) throws IOException {
            EmbeddedStore store =
                    EmbeddedStore.start(
                            Path.of(arguments[0]),
                            0,
                            EmbeddedStack.ACCESS_KEY,
                            EmbeddedStack.SECRET_KEY);
            System.out.println(store.endpoint().getPort());
            while (System.in.read() >= 0) {
                // Nothing to read until it ends.
            }
            Runtime.getRuntime().halt(0);
        }
    }

    private EmbeddedBroker startBroker(int port) throws IOException {
        return EmbeddedBroker.start(folder.resolve("kafka"), port, EmbeddedStack.BROKER_SETTINGS);
    }

    void restartBroker() throws IOException {
        int port = Integer.parseInt(broker.bootstrapServers().split(":")[1]);
        broker.close();
        broker = startBroker(port);
    }

    FaultyLink link() {
        return link;
    }

    /** Lets the store's process write no byte to any file, or write again. */
    void fillDisk(boolean full) throws IOException, InterruptedException {
        Process limit =
                new ProcessBuilder(
                                "prlimit",
                                "--pid",
                                Long.toString(storeProcess.pid()),
                                "--fsize=" + (full ? "0" : "unlimited") + ":unlimited")
                        .inheritIO()
                        .start();
        if (limit.waitFor() != 0) {
            throw new IOException("prlimit ended with " + limit.exitValue());
        }
    }

    KafkaSettings kafka() {
        return kafka(broker.bootstrapServers());
    }

    ObjectStore store() {
        return store(endpoint());
    }

    String endpoint() {
        return "http://127.0.0.1:" + link.port();
    }

    static KafkaSettings kafka(String bootstrapServers) {
        return new KafkaSettings(bootstrapServers, Map.of(), 1, 1, LOCK_SECONDS);
    }

    static ObjectStore store(String endpoint) {
        return new MinioObjectStore(
                new ObjectStoreSettings(
                        URI.create(endpoint),
                        "us-east-1",
                        "darkroom",
                        EmbeddedStack.ACCESS_KEY,
                        EmbeddedStack.SECRET_KEY));
    }

    /** Small and soon up: several share two processors. */
    static ProcessBuilder java(Class<?> main, List<String> arguments) {
        return TestJvm.of(
                main,
                List.of("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                arguments);
    }

    @Override
    public void close() throws IOException {
        storeProcess.destroyForcibly();
        link.close();
        broker.close();
    }
}
