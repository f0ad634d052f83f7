package dev.darkroom.platform.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigValue;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.eclipse.microprofile.config.spi.Converter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlatformSettingsTest {
    private static final Map<String, String> KEYS =
            Map.of("darkroom.store.access-key", "user", "darkroom.store.secret-key", "secret12");

    private static PlatformSettings with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(KEYS);
        all.putAll(more);
        return PlatformSettings.from(new MapConfig(all));
    }

    @Test
    void needsNothingButKeys() {
        PlatformSettings settings = with(Map.of());
        assertThat(settings.kafka().bootstrapServers()).isEqualTo("127.0.0.1:9092");
        assertThat(settings.kafka().lockSeconds()).isEqualTo(30);
        assertThat(settings.kafka().partitions()).isEqualTo(4);
        assertThat(settings.kafka().replication()).isEqualTo(1);
        assertThat(settings.store().endpoint()).isEqualTo(URI.create("http://127.0.0.1:9000"));
        assertThat(settings.store().publicEndpoint()).isEmpty();
        assertThat(settings.store().bucket()).isEqualTo("darkroom");
        assertThat(settings.startupTimeout()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void passesClientPropertiesOn() {
        Map<String, String> properties =
                with(Map.of(
                                "darkroom.kafka.properties.security.protocol", "SASL_SSL",
                                "DARKROOM_KAFKA_PROPERTIES_SASL_MECHANISM", "PLAIN"))
                        .kafka()
                        .properties();
        assertThat(properties)
                .isEqualTo(Map.of("security.protocol", "SASL_SSL", "sasl.mechanism", "PLAIN"));
    }

    @Test
    void knowsWhereOthersReachTheStore() {
        assertThat(with(Map.of("darkroom.store.public-endpoint", "https://s3.example.org")).store())
                .satisfies(
                        store -> {
                            assertThat(store.publicEndpoint())
                                    .contains(URI.create("https://s3.example.org"));
                            assertThat(store.endpoint())
                                    .isEqualTo(URI.create("http://127.0.0.1:9000"));
                        });
    }

    @ParameterizedTest
    @CsvSource({
        "darkroom.kafka.lock-seconds,soon",
        "darkroom.kafka.partitions,0",
        "darkroom.store.endpoint,127.0.0.1:9000",
        "darkroom.store.endpoint,http://a b",
        "darkroom.store.public-endpoint,pictures.example.org"
    })
    void namesTheSettingThatIsWrong(String name, String value) {
        assertThatThrownBy(() -> with(Map.of(name, value)))
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.MISCONFIGURED))
                .hasMessageContainingAll(name, value);
    }

    @Test
    void namesTheSettingThatIsMissing() {
        assertThatThrownBy(() -> PlatformSettings.from(new MapConfig(Map.of())))
                .hasMessageContaining("darkroom.store.access-key");
    }

    @Test
    void keepsSecretsOutOfItsText() {
        assertThat(with(Map.of("darkroom.kafka.properties.sasl.jaas.config", "hidden")).toString())
                .doesNotContain("secret12", "hidden");
    }

    private record MapConfig(Map<String, String> values) implements Config {
        @Override
        public <T> T getValue(String name, Class<T> type) {
            return getOptionalValue(name, type).orElseThrow();
        }

        @Override
        public ConfigValue getConfigValue(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> Optional<T> getOptionalValue(String name, Class<T> type) {
            return Optional.ofNullable(values.get(name)).map(type::cast);
        }

        @Override
        public Iterable<String> getPropertyNames() {
            return values.keySet();
        }

        @Override
        public Iterable<ConfigSource> getConfigSources() {
            return List.of();
        }

        @Override
        public <T> Optional<Converter<T>> getConverter(Class<T> type) {
            return Optional.empty();
        }

        @Override
        public <T> T unwrap(Class<T> type) {
            throw new IllegalArgumentException();
        }
    }
}
