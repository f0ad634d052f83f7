package dev.darkroom.platform;

import org.junit.jupiter.api.Assumptions;
import org.testcontainers.DockerClientFactory;

/** Whether containers can be run here. */
public final class Docker {
    private Docker() {}

    /** Ends the test where there is no Docker, and says so where a person reads it. */
    public static void assume(Class<?> test) {
        boolean available = DockerClientFactory.instance().isDockerAvailable();
        String message = "NOT RUN: " + test.getSimpleName() + " needs Docker, and there is none";
        if (!available) {
            System.out.println(message);
        }
        Assumptions.assumeTrue(available, message);
    }
}
