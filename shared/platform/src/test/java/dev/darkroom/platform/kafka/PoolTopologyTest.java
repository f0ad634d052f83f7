package dev.darkroom.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.embedded.EmbeddedBroker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Begins with a broker that has nothing, and ends with one that cannot do what is needed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(120)
final class PoolTopologyTest {
    private final List<AutoCloseable> open = new ArrayList<>();
    private String address = "";

    @BeforeAll
    void startsBroker(@TempDir Path folder) throws IOException {
        EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        open.add(broker);
        address = broker.bootstrapServers();
    }

    @AfterAll
    void stopsBroker() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private KafkaSettings settings(int replication, int lockSeconds) {
        return new KafkaSettings(address, Map.of(), 3, replication, lockSeconds);
    }

    private Admin admin() {
        return Admin.create(ClientProperties.of(settings(1, 30), Map.of()));
    }

    private static void assertRefused(KafkaSettings settings, String... says) {
        assertThatThrownBy(() -> PoolTopology.ensure(settings))
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.MISCONFIGURED))
                .hasMessageContaining(settings.bootstrapServers())
                .hasMessageContainingAll(says);
    }

    @Test
    @Order(1)
    void refusesMoreReplicasThanBrokers() {
        assertRefused(settings(3, 30), "eplication");
    }

    @Test
    @Order(2)
    void makesTopicsAndGroupOnceForManyCallers() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                calls.add(threads.submit(() -> PoolTopology.ensure(settings(1, 30))));
            }
            for (Future<?> call : calls) {
                call.get();
            }
        } finally {
            threads.shutdown();
        }
        PoolTopology.ensure(settings(1, 30));
        try (Admin admin = admin()) {
            Map<String, TopicDescription> topics =
                    admin.describeTopics(
                                    List.of(
                                            Topics.JOBS,
                                            Topics.JOB_EVENTS,
                                            Topics.DEAD_JOBS,
                                            Topics.CHECKPOINTS))
                            .allTopicNames()
                            .get();
            assertThat(topics.get(Topics.JOBS).partitions()).hasSize(1);
            assertThat(topics.get(Topics.JOB_EVENTS).partitions()).hasSize(3);
            assertThat(setting(admin, topic(Topics.JOBS), "retention.ms")).isEqualTo("-1");
            assertThat(setting(admin, topic(Topics.JOB_EVENTS), "retention.ms"))
                    .isEqualTo(Long.toString(Duration.ofDays(30).toMillis()));
            assertThat(setting(admin, topic(Topics.CHECKPOINTS), "cleanup.policy"))
                    .isEqualTo("compact");
            assertThat(setting(admin, group(), "share.auto.offset.reset")).isEqualTo("earliest");
            assertThat(setting(admin, group(), "share.record.lock.duration.ms")).isEqualTo("30000");
            assertThat(setting(admin, group(), "share.delivery.count.limit")).isEqualTo("10");
            assertThat(setting(admin, group(), "share.renew.acknowledge.enable")).isEqualTo("true");
        }
    }

    private static ConfigResource topic(String name) {
        return new ConfigResource(ConfigResource.Type.TOPIC, name);
    }

    private static ConfigResource group() {
        return new ConfigResource(ConfigResource.Type.GROUP, Topics.WORKERS_GROUP);
    }

    private static String setting(Admin admin, ConfigResource of, String name) throws Exception {
        Config config = admin.describeConfigs(List.of(of)).all().get().get(of);
        return config.get(name).value();
    }

    @Test
    @Order(3)
    void followsALockThatWasChanged() throws Exception {
        PoolTopology.ensure(settings(1, 40));
        try (Admin admin = admin()) {
            assertThat(setting(admin, group(), "share.record.lock.duration.ms")).isEqualTo("40000");
        }
    }

    @Test
    @Order(4)
    void mendsTopicsThatWereThereBefore() throws Exception {
        try (Admin admin = admin()) {
            for (String name : List.of(Topics.JOBS, Topics.DEAD_JOBS)) {
                admin.incrementalAlterConfigs(
                                Map.of(
                                        topic(name),
                                        List.of(
                                                set("cleanup.policy", "compact"),
                                                set("retention.ms", "1000"),
                                                set("retention.bytes", "1000"),
                                                set("compression.type", "producer"),
                                                set("max.message.bytes", "1000000"))))
                        .all()
                        .get();
            }
            admin.createPartitions(Map.of(Topics.JOBS, NewPartitions.increaseTo(2))).all().get();

            PoolTopology.ensure(settings(1, 30));

            for (String name : List.of(Topics.JOBS, Topics.DEAD_JOBS)) {
                assertThat(setting(admin, topic(name), "cleanup.policy")).isEqualTo("delete");
                assertThat(setting(admin, topic(name), "retention.bytes")).isEqualTo("-1");
                assertThat(setting(admin, topic(name), "compression.type"))
                        .isEqualTo("uncompressed");
            }
            assertThat(setting(admin, topic(Topics.JOBS), "retention.ms")).isEqualTo("-1");
            assertThat(setting(admin, topic(Topics.DEAD_JOBS), "retention.ms"))
                    .isEqualTo(Long.toString(Duration.ofDays(30).toMillis()));
            assertThat(setting(admin, topic(Topics.DEAD_JOBS), "max.message.bytes"))
                    .isEqualTo("4194304");
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    @Test
    @Order(4)
    void tellsHowOftenTheBrokerDelivers() {
        assertThat(PoolTopology.deliveryLimit(settings(1, 30))).isEqualTo(10);
    }

    @Test
    @Order(5)
    void refusesLocksThatTheBrokerDoesNotAllow() {
        assertRefused(settings(1, 600), "darkroom.kafka.lock-seconds", "600000");
        assertRefused(settings(1, 1), "darkroom.kafka.lock-seconds", "1000");
    }

    @Test
    @Order(6)
    void refusesCheckpointTopicThatForgets() throws Exception {
        try (Admin admin = admin()) {
            admin.deleteTopics(List.of(Topics.CHECKPOINTS)).all().get();
            admin.createTopics(List.of(new NewTopic(Topics.CHECKPOINTS, 1, (short) 1))).all().get();
        }
        assertRefused(settings(1, 30), Topics.CHECKPOINTS, "compact");
    }

    @Test
    @Order(7)
    void refusesBrokerWithoutShareGroups() throws Exception {
        try (Admin admin = admin()) {
            admin.updateFeatures(
                            Map.of(
                                    "share.version",
                                    new FeatureUpdate(
                                            (short) 0, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE)),
                            new UpdateFeaturesOptions())
                    .all()
                    .get();
        }
        assertRefused(settings(1, 30), "no share groups", "kafka-features.sh");
    }

    @Test
    @Order(8)
    void namesTheBrokerThatDoesNotAnswer() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        KafkaSettings nowhere = new KafkaSettings("127.0.0.1:" + port, Map.of(), 1, 1, 30);
        long start = System.nanoTime();
        assertThatThrownBy(() -> PoolTopology.ensure(nowhere))
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.QUEUE_UNAVAILABLE))
                .hasMessageContaining("127.0.0.1:" + port);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(25));
    }
}
