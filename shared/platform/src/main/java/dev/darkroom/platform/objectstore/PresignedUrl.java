package dev.darkroom.platform.objectstore;

import java.net.URI;
import java.time.Instant;

/**
 * An address that whoever has it may GET until it expires, without credentials.
 *
 * @param expiresAt from then on the server refuses it, by the server's clock
 */
public record PresignedUrl(URI url, Instant expiresAt) {
    /** Leaves out the query, which is what lets one in: values are printed. */
    @Override
    public String toString() {
        return "PresignedUrl[" + url.getRawPath() + ", until " + expiresAt + "]";
    }
}
