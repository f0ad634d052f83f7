package dev.darkroom.standalone.pool;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.platform.wiring.PlatformSettings;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Optional;

/**
 * The settings of this process: system properties and environment variables, as producer and worker
 * read them. What this process starts itself is told to them by system properties.
 */
final class Configuration {
    static final String KAFKA = "darkroom.kafka.bootstrap-servers";
    static final String STORE = "darkroom.store.endpoint";

    static final String HTTP_PORT = "quarkus.http.port";

    private Configuration() {}

    /** Whether somebody outside has set it. */
    static boolean has(String name) {
        return read().getOptionalValue(name, String.class).isPresent();
    }

    static Optional<Integer> integer(String name) {
        try {
            return read().getOptionalValue(name, Integer.class);
        } catch (IllegalArgumentException e) {
            throw new DarkroomException(ErrorCode.INVALID_REQUEST, name + " is no number", e);
        }
    }

    static void set(String name, String value) {
        System.setProperty(name, value);
    }

    static void setUnlessGiven(String name, String value) {
        if (!has(name)) {
            set(name, value);
        }
    }

    static PlatformSettings platform() {
        return PlatformSettings.from(read());
    }

    private static SmallRyeConfig read() {
        return new SmallRyeConfigBuilder().addSystemSources().build();
    }
}
