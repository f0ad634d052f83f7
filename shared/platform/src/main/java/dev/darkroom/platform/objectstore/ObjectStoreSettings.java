package dev.darkroom.platform.objectstore;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the bucket is and who asks.
 *
 * @param certificates PEM file of the authorities that an https endpoint is trusted by; none: those
 *     that Java trusts
 * @param publicEndpoint where those reach the store who get presigned URLs; none: at the endpoint
 */
public record ObjectStoreSettings(
        URI endpoint,
        String region,
        String bucket,
        String accessKey,
        String secretKey,
        Optional<Path> certificates,
        Optional<URI> publicEndpoint) {
    public ObjectStoreSettings(
            URI endpoint, String region, String bucket, String accessKey, String secretKey) {
        this(endpoint, region, bucket, accessKey, secretKey, Optional.empty(), Optional.empty());
    }

    /** Leaves out the secret: settings are printed. */
    @Override
    public String toString() {
        return "ObjectStoreSettings[" + endpoint + ", " + bucket + ", as " + accessKey + "]";
    }
}
