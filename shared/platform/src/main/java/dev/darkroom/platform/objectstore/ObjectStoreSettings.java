package dev.darkroom.platform.objectstore;

import java.net.URI;

/** Where the bucket is and who asks. */
public record ObjectStoreSettings(
        URI endpoint, String region, String bucket, String accessKey, String secretKey) {
    /** Leaves out the secret: settings are printed. */
    @Override
    public String toString() {
        return "ObjectStoreSettings[" + endpoint + ", " + bucket + ", as " + accessKey + "]";
    }
}
