package dev.darkroom.platform.kafka;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.queue.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topics and group configurations that the pool needs: made where missing, then checked. */
public final class PoolTopology {
    private static final Logger LOG = LoggerFactory.getLogger(PoolTopology.class);
    private static final int ANSWER_MILLIS = 15_000;
    private static final Duration SETTLE = Duration.ofSeconds(15);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    /**
     * A share group spreads partitions over its members as long as there are enough: with more of
     * them than slots, each would belong to one slot alone, its jobs would wait while others are
     * idle, and after a kill they would wait until the broker misses the member (45 s). Of one
     * partition all slots take alike, 2000 at once by the broker's default, and in order. Of one
     * partition of jobs one dispatcher knows all that wait.
     */
    private static final int JOB_PARTITIONS = 1;

    /**
     * How long events of jobs are kept, and records of jobs that have gone on. After that the
     * bucket alone tells how a job ended.
     */
    public static final int EVENT_DAYS = 30;

    private static final String SHARE_FEATURE = "share.version";
    private static final String OFFSET_RESET = "share.auto.offset.reset";
    private static final String LOCK = "share.record.lock.duration.ms";
    private static final String DELIVERIES = "share.delivery.count.limit";
    private static final String RENEW = "share.renew.acknowledge.enable";

    private static final String DELIVERIES_OF_OLD_BROKERS = "5";

    /** Brokers of 4.2 do not have these settings, renew without, and deliver five times. */
    private static final List<String> OPTIONAL = List.of(DELIVERIES, RENEW);

    private static final ConfigResource WORKERS =
            new ConfigResource(ConfigResource.Type.GROUP, Topics.WORKERS_GROUP);
    private static final ConfigResource CHECKPOINTS =
            new ConfigResource(ConfigResource.Type.TOPIC, Topics.CHECKPOINTS);

    private final KafkaSettings settings;
    private final Admin admin;

    private PoolTopology(KafkaSettings settings, Admin admin) {
        this.settings = settings;
        this.admin = admin;
    }

    /**
     * Idempotent; every service calls it at its start, before it reads or writes anything. Any
     * number may do so at once.
     *
     * @throws DarkroomException QUEUE_UNAVAILABLE where the broker does not answer within 15 s,
     *     MISCONFIGURED where it cannot give what the pool needs, with what to do
     */
    public static void ensure(KafkaSettings settings) {
        try (Admin admin = connect(settings)) {
            PoolTopology topology = new PoolTopology(settings, admin);
            topology.requireShareGroups();
            topology.createTopics();
            topology.requireCompaction();
            topology.configureTopics();
            topology.checkJobPartitions();
            topology.configureWorkers();
        } catch (KafkaException e) {
            throw KafkaErrors.classify(settings, "be reached", e);
        }
    }

    /**
     * How often the broker delivers a job before it drops it without a word: whoever gives up on
     * jobs must do so before. To be asked after {@link #ensure}.
     *
     * @throws DarkroomException QUEUE_UNAVAILABLE where the broker does not answer within 15 s
     */
    public static int deliveryLimit(KafkaSettings settings) {
        try (Admin admin = connect(settings)) {
            String limit =
                    new PoolTopology(settings, admin)
                            .describe(WORKERS)
                            .getOrDefault(DELIVERIES, DELIVERIES_OF_OLD_BROKERS);
            return Integer.parseInt(limit);
        } catch (KafkaException e) {
            throw KafkaErrors.classify(settings, "be reached", e);
        }
    }

    /** Waits 15 s for an answer. */
    static Admin connect(KafkaSettings settings) {
        Map<String, Object> own =
                Map.of(
                        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                        ANSWER_MILLIS,
                        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                        ANSWER_MILLIS / 3);
        return Admin.create(ClientProperties.of(settings, own));
    }

    private void requireShareGroups() {
        var features =
                await("be asked what it can do", admin.describeFeatures().featureMetadata())
                        .finalizedFeatures();
        var share = features.get(SHARE_FEATURE);
        if (share == null || share.maxVersionLevel() < 1) {
            throw misconfigured(
                    "it has no share groups. Darkroom needs Kafka 4.2 or newer with the feature"
                            + " share.version at 1 or above; a broker that was upgraded gets it with"
                            + " \"kafka-features.sh --bootstrap-server "
                            + settings.bootstrapServers()
                            + " upgrade --feature share.version=1\"",
                    null);
        }
    }

    /** What the pool wants of its topics. */
    private static Map<String, Map<String, String>> topicSettings() {
        return Map.of(
                // A job waits as long as it must: nothing may be lost for its age. TopicTrimmer
                // removes what is done with.
                Topics.JOBS,
                deletedAfter(-1),
                Topics.READY,
                with(
                        deletedAfter(-1),
                        // A record of full size and the headers that say where it came from.
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(2 << 20)),
                Topics.JOB_EVENTS,
                deletedAfter(EVENT_DAYS),
                // Who was away meanwhile finds the outcomes in the bucket.
                Topics.JOB_CONTROL,
                deletedAfter(1),
                Topics.DEAD_JOBS,
                with(
                        deletedAfter(30),
                        // A record of full size and the headers that say why.
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(4 << 20)),
                // Few and small; what served when is asked long afterwards.
                Topics.CHECKPOINT_EVENTS,
                deletedAfter(365),
                // What was asked for is kept until it is done, and told from what was by the
                // bucket.
                Topics.TRAINING,
                deletedAfter(-1),
                Topics.TRAINING_EVENTS,
                deletedAfter(365),
                Topics.WEBHOOKS,
                Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT),
                Topics.CHECKPOINTS,
                Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT));
    }

    private void createTopics() {
        List<NewTopic> topics = new ArrayList<>();
        topicSettings()
                .forEach(
                        (name, values) ->
                                topics.add(
                                        new NewTopic(
                                                        name,
                                                        partitions(name),
                                                        (short) settings.replication())
                                                .configs(values)));
        admin.createTopics(topics)
                .values()
                .forEach(
                        (name, made) -> {
                            try {
                                await("make the topic " + name, made);
                            } catch (DarkroomException e) {
                                if (!(e.getCause() instanceof TopicExistsException)) {
                                    throw e;
                                }
                            }
                        });
        List<String> names = topics.stream().map(NewTopic::name).toList();
        settle("the topics to be there", () -> areThere(names));
    }

    private int partitions(String topic) {
        if (topic.equals(Topics.JOBS) || topic.equals(Topics.READY)) {
            return JOB_PARTITIONS;
        }
        return topic.equals(Topics.JOB_EVENTS) ? settings.partitions() : 1;
    }

    private static Map<String, String> deletedAfter(int days) {
        long millis = days < 0 ? -1 : Duration.ofDays(days).toMillis();
        return Map.of(
                TopicConfig.CLEANUP_POLICY_CONFIG,
                TopicConfig.CLEANUP_POLICY_DELETE,
                TopicConfig.RETENTION_MS_CONFIG,
                Long.toString(millis),
                // Brokers may have a limit for all topics, by which jobs would go unheard of.
                TopicConfig.RETENTION_BYTES_CONFIG,
                "-1",
                // The broker measures what came compressed once it is unpacked: a gigabyte of
                // zeros is a small record only until somebody reads it.
                TopicConfig.COMPRESSION_TYPE_CONFIG,
                "uncompressed");
    }

    private static Map<String, String> with(Map<String, String> map, String key, String value) {
        Map<String, String> more = new HashMap<>(map);
        more.put(key, value);
        return more;
    }

    private boolean areThere(Collection<String> names) {
        try {
            return await("look at its topics", admin.describeTopics(names).allTopicNames())
                    .values()
                    .stream()
                    .flatMap(topic -> topic.partitions().stream())
                    .allMatch(partition -> partition.leader() != null);
        } catch (DarkroomException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return false;
            }
            throw e;
        }
    }

    private void requireCompaction() {
        String policy = describe(CHECKPOINTS).getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "");
        if (!policy.equals(TopicConfig.CLEANUP_POLICY_COMPACT)) {
            throw misconfigured(
                    "its topic "
                            + Topics.CHECKPOINTS
                            + " has cleanup.policy="
                            + policy
                            + " and would forget promotions: set it to compact",
                    null);
        }
    }

    /** Topics that were there before are set as those that the pool makes itself. */
    private void configureTopics() {
        topicSettings()
                .forEach(
                        (name, wanted) -> {
                            if (!name.equals(Topics.CHECKPOINTS)) {
                                ConfigResource topic =
                                        new ConfigResource(ConfigResource.Type.TOPIC, name);
                                apply(topic, differing(wanted, describe(topic)));
                            }
                        });
    }

    private void checkJobPartitions() {
        await(
                        "look at its topics",
                        admin.describeTopics(List.of(Topics.JOBS, Topics.READY)).allTopicNames())
                .forEach((name, topic) -> checkPartitions(name, topic.partitions().size()));
    }

    private static void checkPartitions(String topic, int partitions) {
        if (partitions > JOB_PARTITIONS) {
            LOG.warn(
                    "The topic {} has {} partitions, made with {}: {}. To mend it, delete the"
                            + " topic while no job waits, and start any service",
                    topic,
                    partitions,
                    JOB_PARTITIONS,
                    topic.equals(Topics.READY)
                            ? "slots that have another than the first are idle"
                            : "each is ordered by itself, so that priorities and tenants are"
                                    + " weighed within a partition only");
        }
    }

    private static Map<String, String> differing(
            Map<String, String> wanted, Map<String, String> known) {
        Map<String, String> differing = new HashMap<>();
        wanted.forEach(
                (name, value) -> {
                    if (!value.equals(known.get(name))) {
                        differing.put(name, value);
                    }
                });
        return differing;
    }

    private void apply(ConfigResource resource, Map<String, String> values) {
        if (!values.isEmpty()) {
            configure(resource, values);
            settle(
                    "the settings of " + resource.name(),
                    () -> describe(resource).entrySet().containsAll(values.entrySet()));
        }
    }

    private void configureWorkers() {
        Map<String, String> wanted =
                Map.of(
                        OFFSET_RESET,
                        "earliest",
                        LOCK,
                        Long.toString(Duration.ofSeconds(settings.lockSeconds()).toMillis()),
                        DELIVERIES,
                        "10",
                        RENEW,
                        "true");
        Map<String, String> known = describe(WORKERS);
        Map<String, String> missing = differing(wanted, known);
        missing.keySet().removeIf(name -> OPTIONAL.contains(name) && !known.containsKey(name));
        apply(WORKERS, missing);
    }

    private void configure(ConfigResource resource, Map<String, String> values) {
        List<AlterConfigOp> changes = new ArrayList<>();
        values.forEach(
                (name, value) ->
                        changes.add(
                                new AlterConfigOp(
                                        new ConfigEntry(name, value), AlterConfigOp.OpType.SET)));
        try {
            await(
                    "configure " + resource.name(),
                    admin.incrementalAlterConfigs(Map.of(resource, changes)).all());
        } catch (DarkroomException e) {
            Throwable cause = e.getCause();
            if (cause instanceof InvalidConfigurationException
                    || cause instanceof InvalidRequestException) {
                throw misconfigured(
                        "it refuses the settings of "
                                + resource.name()
                                + " "
                                + values
                                + ": "
                                + cause.getMessage()
                                + ". Choose darkroom.kafka.lock-seconds within the broker's"
                                + " group.share.min.record.lock.duration.ms and"
                                + " group.share.max.record.lock.duration.ms",
                        cause);
            }
            throw e;
        }
    }

    private Map<String, String> describe(ConfigResource resource) {
        Config config =
                await(
                                "tell the settings of " + resource.name(),
                                admin.describeConfigs(List.of(resource)).all())
                        .getOrDefault(resource, new Config(List.of()));
        Map<String, String> values = new HashMap<>();
        config.entries()
                .forEach(
                        entry ->
                                Optional.ofNullable(entry.value())
                                        .ifPresent(value -> values.put(entry.name(), value)));
        return values;
    }

    /** What was written is not at once what is read: brokers learn of it from the controller. */
    private void settle(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > SETTLE.toNanos()) {
                throw new DarkroomException(
                        ErrorCode.QUEUE_UNAVAILABLE,
                        "broker at "
                                + settings.bootstrapServers()
                                + ": waited too long for "
                                + what);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN.toMillis());
            } catch (InterruptedException e) {
                throw KafkaErrors.classify(settings, "wait for " + what, e);
            }
        }
    }

    private <T> T await(String action, KafkaFuture<T> answer) {
        try {
            return answer.get(2L * ANSWER_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            throw KafkaErrors.classify(settings, action, e);
        }
    }

    private DarkroomException misconfigured(String why, @Nullable Throwable cause) {
        return new DarkroomException(
                ErrorCode.MISCONFIGURED,
                "the broker at " + settings.bootstrapServers() + " is not fit: " + why,
                cause);
    }
}
