package dev.darkroom.producer.webhook;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.platform.webhook.WebhookSecret;
import java.net.URI;
import java.util.List;

/**
 * Where a tenant wants to be told.
 *
 * @param secrets the one of now first, then those that it replaces
 */
public record WebhookEndpoint(URI url, List<WebhookSecret> secrets) {
    private static final int LONGEST = 2000;

    public WebhookEndpoint {
        secrets = List.copyOf(secrets);
    }

    /**
     * @throws DarkroomException MISCONFIGURED where the address or a secret is none
     */
    public static WebhookEndpoint of(String url, List<String> secrets) {
        if (secrets.isEmpty()) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED, "a webhook needs a secret to sign with");
        }
        return new WebhookEndpoint(
                parse(url),
                secrets.stream().map(text -> WebhookSecret.parse(text.strip())).toList());
    }

    private static URI parse(String text) {
        try {
            URI url = URI.create(text);
            boolean web = "https".equals(url.getScheme()) || "http".equals(url.getScheme());
            if (web
                    && url.getHost() != null
                    && url.getUserInfo() == null
                    && text.length() <= LONGEST) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            // Without the cause, which repeats the text, and a password with it.
            throw malformed();
        }
        throw malformed();
    }

    private static DarkroomException malformed() {
        return new DarkroomException(
                ErrorCode.MISCONFIGURED,
                "a webhook's address must be like https://example.com/darkroom, without a user");
    }
}
