package dev.darkroom.platform.webhook;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A symmetric signing secret of Standard Webhooks 1.0.0: {@code whsec_} and 24 to 64 bytes in
 * base64. Never printed.
 */
public final class WebhookSecret {
    private static final String PREFIX = "whsec_";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int LEAST = 24;
    private static final int MOST = 64;

    private final SecretKeySpec key;

    private WebhookSecret(byte[] key) {
        this.key = new SecretKeySpec(key, ALGORITHM);
    }

    /**
     * @throws DarkroomException MISCONFIGURED, without the text
     */
    public static WebhookSecret parse(String text) {
        try {
            if (text.startsWith(PREFIX)) {
                byte[] bytes = Base64.getDecoder().decode(text.substring(PREFIX.length()));
                if (bytes.length >= LEAST && bytes.length <= MOST) {
                    return new WebhookSecret(bytes);
                }
            }
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
        throw malformed();
    }

    private static DarkroomException malformed() {
        return new DarkroomException(
                ErrorCode.MISCONFIGURED,
                "a webhook's secret must be " + PREFIX + " and 24 to 64 bytes in base64");
    }

    /**
     * One signature of the header {@code webhook-signature}, as in {@code v1,K5oZ...}.
     *
     * @param timestamp of the attempt, in seconds
     */
    public String sign(String id, long timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return PREFIX + "...";
    }
}
