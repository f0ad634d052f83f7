package dev.darkroom.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.contract.access.TenantName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProducerSettingsTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    @Test
    void aTenantsOwnSettingsAreItsOwn() {
        ProducerSettings settings =
                settings(
                        "webhooks.acme.url", "https://acme.example/hook",
                        "webhooks.acme.secret", SECRET,
                        "quotas.acme.jobs", "2",
                        "quota.pictures-per-minute", "5");

        assertThat(settings.ownWebhooks()).containsOnlyKeys("acme");
        assertThatCode(settings::requireQuotasOfTenants).doesNotThrowAnyException();
        assertThat(settings.limits(new TenantName("acme")).jobs()).isEqualTo(OptionalInt.of(2));
        assertThat(settings.limits(new TenantName("other")).jobs()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Acme", "-acme"})
    void whatIsNoTenantHasNoSettings(String name) {
        assertThat(
                        refusal(
                                () ->
                                        settings("quotas." + name + ".jobs", "2")
                                                .requireQuotasOfTenants()))
                .startsWith("darkroom.producer.quotas." + name + ": ");
        ProducerSettings webhooks =
                settings(
                        "webhooks." + name + ".url",
                        "https://acme.example/hook",
                        "webhooks." + name + ".secret",
                        SECRET);
        assertThat(refusal(webhooks::ownWebhooks))
                .startsWith("darkroom.producer.webhooks." + name + ": ");
    }

    /** Else what such a tenant's jobs came to would be told to the one for all. */
    @Test
    void aWebhookIsSetWhollyOrNotAtAll() {
        assertThat(refusal(settings("webhooks.acme.secret", SECRET)::ownWebhooks))
                .isEqualTo(
                        "darkroom.producer.webhooks.acme.secret: there is no"
                                + " darkroom.producer.webhooks.acme.url");
        assertThat(refusal(settings("webhooks.acme.url", "https://acme.example/hook")::ownWebhooks))
                .startsWith("darkroom.producer.webhooks.acme: ")
                .contains("secret");
        assertThat(
                        refusal(
                                () ->
                                        settings("webhook.secret", SECRET)
                                                .webhook()
                                                .parsed("darkroom.producer.webhook")))
                .contains("there is no darkroom.producer.webhook.url");
    }

    private static String refusal(Runnable use) {
        DarkroomException refusal = catchThrowableOfType(DarkroomException.class, use::run);
        assertThat(refusal.code()).isEqualTo(ErrorCode.MISCONFIGURED);
        return refusal.reason();
    }

    /**
     * @param namesAndValues below the prefix, in turn
     */
    private static ProducerSettings settings(String... namesAndValues) {
        // What Quarkus reads "15s" with is not there.
        Map<String, String> properties = new HashMap<>();
        for (String duration : List.of("heartbeat", "keys-refresh", "idempotency")) {
            properties.put(ProducerSettings.PREFIX + "." + duration, "PT1S");
        }
        for (int i = 0; i < namesAndValues.length; i += 2) {
            properties.put(
                    ProducerSettings.PREFIX + "." + namesAndValues[i], namesAndValues[i + 1]);
        }
        return new SmallRyeConfigBuilder()
                .withMapping(ProducerSettings.class)
                .withSources(new PropertiesConfigSource(properties, "test", 100))
                .build()
                .getConfigMapping(ProducerSettings.class);
    }
}
