package dev.darkroom.producer.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.producer.Jobs;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookEndpointsTest {
    private static String tenantOf(JobId job) {
        return job.equals(Jobs.id(1)) ? "acme" : "other";
    }

    @Test
    void aTenantsOwnWebhookIsToldInPlaceOfTheOneForAll() {
        WebhookEndpoint own = endpoint("https://acme.example/");
        WebhookEndpoint all = endpoint("https://all.example/");
        WebhookEndpoints both =
                WebhookEndpoints.of(
                        WebhookEndpointsTest::tenantOf, Map.of("acme", own), Optional.of(all));

        assertThat(both.named(both.of(Jobs.id(1)).orElseThrow())).contains(own);
        assertThat(both.named(both.of(Jobs.id(2)).orElseThrow())).contains(all);
    }

    @Test
    void nobodyIsToldOfATenantThatHasNone() {
        WebhookEndpoints one =
                WebhookEndpoints.of(
                        WebhookEndpointsTest::tenantOf,
                        Map.of("acme", endpoint("https://acme.example/")),
                        Optional.empty());

        assertThat(one.isEmpty()).isFalse();
        assertThat(one.of(Jobs.id(2))).isEmpty();
        assertThat(
                        WebhookEndpoints.of(
                                        WebhookEndpointsTest::tenantOf, Map.of(), Optional.empty())
                                .isEmpty())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.com",
                "ftp://example.com/",
                "https:///hook",
                "https://user:password@example.com/",
                "not a url"
            })
    void refusesWhatIsNoAddressAndDoesNotRepeatIt(String url) {
        assertThatThrownBy(() -> endpoint(url))
                .isInstanceOf(DarkroomException.class)
                .hasMessageNotContaining("password");
    }

    @Test
    void refusesToSendUnsigned() {
        assertThatThrownBy(() -> WebhookEndpoint.of("https://example.com/", List.of()))
                .hasMessageContaining("secret");
    }

    private static WebhookEndpoint endpoint(String url) {
        return WebhookEndpoint.of(url, List.of(WebhookReceiver.SECRET));
    }
}
