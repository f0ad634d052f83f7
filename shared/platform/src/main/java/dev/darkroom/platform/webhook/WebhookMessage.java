package dev.darkroom.platform.webhook;

import java.net.URI;
import java.util.List;

/**
 * What is to be sent.
 *
 * @param id the same for every attempt; without full stops
 * @param secrets each makes a signature, so that one can be exchanged for another
 * @param body JSON
 */
public record WebhookMessage(String id, URI url, List<WebhookSecret> secrets, String body) {
    public WebhookMessage {
        secrets = List.copyOf(secrets);
    }
}
