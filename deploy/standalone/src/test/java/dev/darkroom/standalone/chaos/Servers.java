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
import java.util.concurrent.TimeUnit;

/** Broker and store, in a process of its own each, the store behind a {@link FaultyLink}. */
final class Servers implements AutoCloseable {
    static final int LOCK_SECONDS = 2;

    private static final long ENDS_SECONDS = 60;

    private final Path folder;
    private final int brokerPort;
    private Process broker;
    private final Process store;
    private final FaultyLink link;

    Servers(Path folder) throws IOException {
        this.folder = folder;
        this.broker = broker(0);
        this.brokerPort = Integer.parseInt(Lines.first(broker));
        this.store =
                start(StoreProcess.class, "store", List.of(folder.resolve("store").toString()));
        this.link = new FaultyLink(Integer.parseInt(Lines.first(store)));
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
            awaitEnd();
            Runtime.getRuntime().halt(0);
        }
    }

    /** The broker, until standard input ends; says its port first. */
    static final class BrokerProcess {
        private BrokerProcess() {}

        public static void main(String[] arguments) throws IOException {
            try (EmbeddedBroker broker =
                    EmbeddedBroker.start(
                            Path.of(arguments[0]),
                            Integer.parseInt(arguments[1]),
                            EmbeddedStack.BROKER_SETTINGS)) {
                System.out.println(broker.port());
                awaitEnd();
            }
            Runtime.getRuntime().halt(0);
        }
    }

    private static void awaitEnd() throws IOException {
        while (System.in.read() >= 0) {
            // Nothing to read until it ends.
        }
    }

    private Process start(Class<?> main, String name, List<String> arguments) throws IOException {
        return java(main, arguments)
                .redirectError(
                        ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".log").toFile()))
                .start();
    }

    private Process broker(int port) throws IOException {
        return start(
                BrokerProcess.class,
                "broker",
                List.of(folder.resolve("kafka").toString(), Integer.toString(port)));
    }

    /** Stops it as an operator does, and starts it again. */
    void restartBroker() throws IOException, InterruptedException {
        broker.getOutputStream().close();
        if (!broker.waitFor(ENDS_SECONDS, TimeUnit.SECONDS)) {
            broker.destroyForcibly().waitFor();
        }
        startBroker();
    }

    private void startBroker() throws IOException {
        broker = broker(brokerPort);
        Lines.first(broker);
    }

    /**
     * Lets the broker write no byte to any file until it gives up, and starts it again where it
     * can.
     */
    void fillBrokerDisk() throws IOException, InterruptedException {
        Disk.fill(broker, true);
        if (!broker.waitFor(ENDS_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("the broker goes on without a disk");
        }
        startBroker();
    }

    /** Lets the store write no byte to any file, or write again. */
    void fillStoreDisk(boolean full) throws IOException, InterruptedException {
        Disk.fill(store, full);
    }

    FaultyLink link() {
        return link;
    }

    KafkaSettings kafka() {
        return kafka(bootstrapServers());
    }

    String bootstrapServers() {
        return "127.0.0.1:" + brokerPort;
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
    public void close() {
        store.destroyForcibly();
        link.close();
        broker.destroyForcibly();
    }
}
