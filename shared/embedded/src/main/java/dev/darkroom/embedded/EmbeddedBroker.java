package dev.darkroom.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A Kafka broker in this JVM: one node, broker and controller in one (KRaft), on loopback, with
 * share groups. Its data are in a folder and found again after a restart, also one by force.
 */
public final class EmbeddedBroker implements AutoCloseable {
    private static final String CONTROLLER = "CONTROLLER";
    private static final int PORT_ATTEMPTS = 3;

    private final DataFolder folder;
    private final KafkaRaftServer server;
    private final int port;

    private EmbeddedBroker(DataFolder folder, KafkaRaftServer server, int port) {
        this.folder = folder;
        this.server = server;
        this.port = port;
    }

    /** As {@link #start(Path, int, Map)}, with nothing special. */
    public static EmbeddedBroker start(Path directory, int port) throws IOException {
        return start(directory, port, Map.of());
    }

    /**
     * Returns when the broker answers, after 4 to 8 seconds; after a kill up to 9 seconds later.
     *
     * @param directory made where it is missing
     * @param port 0 for any that is free; it may differ from one start to the next
     * @param settings broker settings that replace those made here, for tests
     * @throws java.net.BindException where the port is taken
     * @throws IOException where the folder is in use or holds no broker's data, or the broker fails
     */
    public static EmbeddedBroker start(Path directory, int port, Map<String, String> settings)
            throws IOException {
        QuietLogs.apply();
        DataFolder folder = DataFolder.lock(directory);
        try {
            Path data = directory.resolve("data");
            format(data);
            for (int attempt = 1; ; attempt++) {
                if (port != 0) {
                    Loopback.requireFree(port);
                }
                int brokerPort = port == 0 ? Loopback.freePort() : port;
                try {
                    return new EmbeddedBroker(folder, run(data, brokerPort, settings), brokerPort);
                } catch (IOException e) {
                    // A port that was free a moment ago may be gone by now.
                    if (attempt == PORT_ATTEMPTS || !Loopback.isTaken(e)) {
                        throw e;
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private static void format(Path data) throws IOException {
        if (Files.exists(data.resolve("meta.properties"))) {
            return;
        }
        Files.createDirectories(data);
        Formatter formatter =
                new Formatter()
                        .setPrintStream(
                                new PrintStream(
                                        OutputStream.nullOutputStream(),
                                        false,
                                        StandardCharsets.UTF_8))
                        .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                        .setClusterId(Uuid.randomUuid().toString())
                        .setNodeId(1)
                        .addDirectory(data.toString())
                        .setMetadataLogDirectory(data.toString())
                        .setReleaseVersion(MetadataVersion.latestProduction())
                        .setControllerListenerName(CONTROLLER)
                        .setIgnoreFormatted(true);
        try {
            formatter.run();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("cannot lay out a broker's data in " + data, e);
        }
    }

    private static KafkaRaftServer run(Path data, int port, Map<String, String> settings)
            throws IOException {
        Map<String, String> all = settings(data, port, Loopback.freePort());
        all.putAll(settings);
        KafkaRaftServer server;
        try {
            server = new KafkaRaftServer(new KafkaConfig(all, false), Time.SYSTEM);
        } catch (RuntimeException e) {
            throw new IOException("the broker's data or settings are not usable: " + data, e);
        }
        try {
            server.startup();
            return server;
        } catch (RuntimeException e) {
            server.shutdown();
            if (Loopback.isTaken(e)) {
                throw Loopback.taken(port, e);
            }
            throw new IOException("the broker did not start on its data in " + data, e);
        }
    }

    private static Map<String, String> settings(Path data, int port, int controllerPort) {
        String controller = Loopback.ADDRESS + ":" + controllerPort;
        String broker = "PLAINTEXT://" + Loopback.ADDRESS + ":" + port;
        Map<String, String> all = new HashMap<>();
        all.put("process.roles", "broker,controller");
        all.put("node.id", "1");
        // Not kept in the data, so that the port may change from one start to the next.
        all.put("controller.quorum.voters", "1@" + controller);
        all.put("controller.listener.names", CONTROLLER);
        all.put("listeners", broker + "," + CONTROLLER + "://" + controller);
        all.put("advertised.listeners", broker);
        all.put(
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT," + CONTROLLER + ":PLAINTEXT");
        all.put("log.dirs", data.toString());
        all.put("auto.create.topics.enable", "false");
        for (String topic : new String[] {"offsets.topic", "share.coordinator.state.topic"}) {
            all.put(topic + ".replication.factor", "1");
            all.put(topic + ".num.partitions", "1");
        }
        all.put("share.coordinator.state.topic.min.isr", "1");
        all.put("transaction.state.log.replication.factor", "1");
        all.put("transaction.state.log.min.isr", "1");
        all.put("transaction.state.log.num.partitions", "1");
        all.put("group.initial.rebalance.delay.ms", "0");
        // A member learns its partitions with its heartbeat: at the default of 5 s the first
        // record would come that much later.
        all.put("group.share.min.heartbeat.interval.ms", "500");
        all.put("group.share.heartbeat.interval.ms", "500");
        // After a kill the old registration must run out before the broker may come back: half the
        // default of 18 s, yet enough for heartbeats to arrive from a machine under load.
        all.put("broker.session.timeout.ms", "9000");
        all.put("broker.heartbeat.interval.ms", "1000");
        all.put("controller.quorum.election.timeout.ms", "300");
        all.put("controller.quorum.fetch.timeout.ms", "2000");
        all.put("controller.quorum.election.backoff.max.ms", "100");
        // Small enough to live beside a model: the first alone is 128 MB of heap by default.
        all.put("log.cleaner.dedupe.buffer.size", "2097152");
        all.put("log.cleaner.threads", "1");
        all.put("num.network.threads", "1");
        all.put("num.io.threads", "2");
        all.put("background.threads", "2");
        all.put("num.recovery.threads.per.data.dir", "1");
        return all;
    }

    public int port() {
        return port;
    }

    /** What clients connect to, as in {@code 127.0.0.1:9092}. */
    public String bootstrapServers() {
        return Loopback.ADDRESS + ":" + port;
    }

    @Override
    public void close() throws IOException {
        try {
            QuietLogs.whileStopping(
                    () -> {
                        server.shutdown();
                        server.awaitShutdown();
                    });
        } finally {
            folder.close();
        }
    }
}
