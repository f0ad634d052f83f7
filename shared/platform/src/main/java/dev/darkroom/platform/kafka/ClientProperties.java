package dev.darkroom.platform.kafka;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;

/** Properties of the Kafka clients of this room. */
final class ClientProperties {
    private ClientProperties() {}

    /** The client's own properties over the operator's: those that the pool relies on win. */
    static Map<String, Object> of(KafkaSettings settings, Map<String, ?> own) {
        Map<String, Object> all = new HashMap<>(settings.properties());
        all.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        // An unreachable broker is asked again at least this often.
        all.putIfAbsent(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000);
        all.putAll(own);
        return all;
    }
}
