package dev.darkroom.producer.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;

class PendingWebhooksTest {
    private static final URI URL = URI.create("https://hooks.example/services/a-secret");

    private final PendingWebhooks pending = new PendingWebhooks();

    @Test
    void theTopicKnowsAnAddressAgainWithoutSayingIt() {
        assertThat(PendingWebhooks.refusalKey(URL)).doesNotContain("secret", "hooks.example");
        assertThat(pending.isRefusing(URL)).isFalse();

        pending.readRefusal(PendingWebhooks.refusalKey(URL));

        assertThat(pending.isRefusing(URL)).isTrue();
        assertThat(pending.isRefusing(URI.create("https://hooks.example/services/b"))).isFalse();
    }

    /** Which wrote the address itself. */
    @Test
    void whatEarlierVersionsWroteHolds() {
        pending.readRefusal("refusing:" + URL);
        assertThat(pending.isRefusing(URL)).isTrue();
    }
}
