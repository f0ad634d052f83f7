package dev.darkroom.platform.kafka;

import java.util.Map;

/**
 * @param properties passed to every client as they are (security.protocol, sasl.*, ssl.*)
 * @param partitions of the topic of events, where the pool makes it; jobs have one partition that
 *     all workers share
 * @param replication of each topic that the pool makes
 * @param lockSeconds how long a worker has a job before it must renew; 15..60 unless the broker
 *     allows more
 */
public record KafkaSettings(
        String bootstrapServers,
        Map<String, String> properties,
        int partitions,
        int replication,
        int lockSeconds) {
    public KafkaSettings {
        properties = Map.copyOf(properties);
    }

    /** Leaves out the properties, which may hold secrets. */
    @Override
    public String toString() {
        return "KafkaSettings[" + bootstrapServers + "]";
    }
}
