package dev.darkroom.platform.wiring;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.objectstore.ObjectStoreSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/**
 * What every service is told of broker and store, in MicroProfile Config ({@code darkroom.*}).
 *
 * @param source name of this service in the events that it writes, as in {@code /darkroom/worker}
 * @param startupTimeout how long a service waits for broker and store when it starts
 */
public record PlatformSettings(
        KafkaSettings kafka, ObjectStoreSettings store, String source, Duration startupTimeout) {
    private static final String CLIENT_PROPERTIES = "darkroom.kafka.properties.";

    /** As environment variables are named; Kafka's own property names have dots only. */
    private static final String CLIENT_VARIABLES = "DARKROOM_KAFKA_PROPERTIES_";

    /**
     * @throws DarkroomException MISCONFIGURED where a setting is missing or no value of its kind
     */
    public static PlatformSettings from(Config config) {
        KafkaSettings kafka =
                new KafkaSettings(
                        text(config, "darkroom.kafka.bootstrap-servers", "127.0.0.1:9092"),
                        clientProperties(config),
                        positive(config, "darkroom.kafka.partitions", 4),
                        positive(config, "darkroom.kafka.replication", 1),
                        positive(config, "darkroom.kafka.lock-seconds", 30));
        ObjectStoreSettings store =
                new ObjectStoreSettings(
                        uri(
                                "darkroom.store.endpoint",
                                text(config, "darkroom.store.endpoint", "http://127.0.0.1:9000")),
                        text(config, "darkroom.store.region", "us-east-1"),
                        text(config, "darkroom.store.bucket", "darkroom"),
                        required(config, "darkroom.store.access-key"),
                        required(config, "darkroom.store.secret-key"),
                        config.getOptionalValue("darkroom.store.certificates", String.class)
                                .map(Path::of),
                        config.getOptionalValue("darkroom.store.public-endpoint", String.class)
                                .map(text -> uri("darkroom.store.public-endpoint", text)));
        return new PlatformSettings(
                kafka,
                store,
                "/darkroom/" + text(config, "quarkus.application.name", "service"),
                Duration.ofSeconds(positive(config, "darkroom.startup-timeout-seconds", 60)));
    }

    private static String text(Config config, String name, String otherwise) {
        return config.getOptionalValue(name, String.class).orElse(otherwise);
    }

    private static String required(Config config, String name) {
        return config.getOptionalValue(name, String.class)
                .orElseThrow(
                        () -> new DarkroomException(ErrorCode.MISCONFIGURED, name + " is not set"));
    }

    private static int positive(Config config, String name, int otherwise) {
        String text = text(config, name, Integer.toString(otherwise));
        try {
            int value = Integer.parseInt(text.strip());
            if (value > 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw notPositive(name, text, e);
        }
        throw notPositive(name, text, null);
    }

    private static DarkroomException notPositive(
            String name, String text, @Nullable Throwable cause) {
        return new DarkroomException(
                ErrorCode.MISCONFIGURED,
                name + " is \"" + text + "\", must be a whole number above 0",
                cause);
    }

    private static URI uri(String name, String text) {
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw noEndpoint(name, text, e);
        }
        throw noEndpoint(name, text, null);
    }

    private static DarkroomException noEndpoint(
            String name, String text, @Nullable Throwable cause) {
        return new DarkroomException(
                ErrorCode.MISCONFIGURED,
                name + " is \"" + text + "\", must be an address like http://127.0.0.1:9000",
                cause);
    }

    private static Map<String, String> clientProperties(Config config) {
        Map<String, String> properties = new HashMap<>();
        for (String name : config.getPropertyNames()) {
            String key = "";
            if (name.startsWith(CLIENT_PROPERTIES)) {
                key = name.substring(CLIENT_PROPERTIES.length());
            } else if (name.startsWith(CLIENT_VARIABLES)) {
                key =
                        name.substring(CLIENT_VARIABLES.length())
                                .toLowerCase(Locale.ROOT)
                                .replace('_', '.');
            }
            if (!key.isEmpty()) {
                properties.put(key, text(config, name, ""));
            }
        }
        return properties;
    }
}
