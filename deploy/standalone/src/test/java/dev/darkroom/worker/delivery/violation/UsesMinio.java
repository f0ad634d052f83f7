package dev.darkroom.worker.delivery.violation;

/** Breaks a rule, so that a test can see the rule fail. */
public final class UsesMinio {
    private UsesMinio() {}

    static io.minio.MinioClient client(io.minio.MinioClient client) {
        return client;
    }
}
