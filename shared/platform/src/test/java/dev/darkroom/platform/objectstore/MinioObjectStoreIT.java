package dev.darkroom.platform.objectstore;

import dev.darkroom.platform.Docker;
import java.net.URI;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.testcontainers.containers.MinIOContainer;
import org.testcontainers.utility.DockerImageName;

final class MinioObjectStoreIT extends ObjectStoreContract {
    private final MinIOContainer minio =
            new MinIOContainer(
                            DockerImageName.parse(System.getProperty("darkroom.image.minio"))
                                    .asCompatibleSubstituteFor("minio/minio"))
                    .withUserName("darkroom-test")
                    .withPassword("darkroom-test-secret");

    @BeforeAll
    void startsMinio() {
        Docker.assume(MinioObjectStoreIT.class);
        minio.start();
    }

    @AfterAll
    void stopsMinio() {
        minio.stop();
    }

    @Override
    ObjectStoreSettings settings() {
        return new ObjectStoreSettings(
                URI.create(minio.getS3URL()),
                "us-east-1",
                "contract",
                minio.getUserName(),
                minio.getPassword());
    }
}
