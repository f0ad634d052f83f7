package dev.darkroom.standalone.pool;

import dev.darkroom.platform.wiring.PlatformSettings;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;

/**
 * The settings of this process: system properties and environment variables, as producer and worker
 * read them. What this process starts itself is told to them by system properties.
 */
final class Configuration {
    static final String KAFKA = "darkroom.kafka.bootstrap-servers";
    static final String STORE = "darkroom.store.endpoint";

    private Configuration() {}

    /** Whether somebody outside has set it. */
    static boolean has(String name) {
        return read().getOptionalValue(name, String.class).isPresent();
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
