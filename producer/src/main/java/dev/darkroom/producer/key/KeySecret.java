package dev.darkroom.producer.key;

import dev.darkroom.contract.access.ApiKeyId;
import dev.darkroom.contract.storage.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the holder of a key sends: {@code drk_<id>_<256 random bits in base64url>}. The beginning
 * lets scanners for leaked secrets find it.
 */
final class KeySecret {
    private static final String PREFIX = "drk_";
    private static final int BYTES = 32;
    private static final int ID_END = PREFIX.length() + ApiKeyId.LENGTH;
    private static final Pattern FORM =
            Pattern.compile(PREFIX + "[0-9a-f]{" + ApiKeyId.LENGTH + "}_[A-Za-z0-9_-]{43}");

    private final String text;

    private KeySecret(String text) {
        this.text = text;
    }

    static KeySecret draw(SecureRandom random) {
        byte[] id = new byte[ApiKeyId.LENGTH / 2];
        byte[] secret = new byte[BYTES];
        random.nextBytes(id);
        random.nextBytes(secret);
        return new KeySecret(
                PREFIX
                        + HexFormat.of().formatHex(id)
                        + "_"
                        + Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    }

    /** Nothing where the text has not the form of a key. */
    static Optional<KeySecret> parse(String text) {
        return FORM.matcher(text).matches() ? Optional.of(new KeySecret(text)) : Optional.empty();
    }

    ApiKeyId id() {
        return new ApiKeyId(text.substring(PREFIX.length(), ID_END));
    }

    /** SHA-256 of the whole text, in hexadecimal. */
    String sha256() {
        return Sha256.of(text.getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Whether the hash is that of this secret; takes as long whatever the hash is.
     *
     * @param sha256 in hexadecimal
     */
    boolean matches(String sha256) {
        return MessageDigest.isEqual(
                sha256().getBytes(StandardCharsets.US_ASCII),
                sha256.getBytes(StandardCharsets.US_ASCII));
    }

    /** The secret itself: for its holder, and for nothing else. */
    String reveal() {
        return text;
    }

    /** Leaves out the secret. */
    @Override
    public String toString() {
        return "KeySecret[" + id() + "]";
    }
}
