package dev.darkroom.producer;

import dev.darkroom.producer.api.Gate;
import dev.darkroom.producer.status.JobDirectory;
import jakarta.enterprise.inject.Instance;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready while the board keeps up with the topics, which includes that the broker answers. Liveness
 * does not depend on it: a restart mends no broker.
 */
@Readiness
@jakarta.inject.Singleton
final class ProducerReadiness implements HealthCheck {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Gate gate;

    /** Lazily: making it waits for the broker. */
    private final Instance<JobDirectory> directory;

    ProducerReadiness(Gate gate, Instance<JobDirectory> directory) {
        this.gate = gate;
        this.directory = directory;
    }

    @Override
    public HealthCheckResponse call() {
        boolean ready = gate.isOpen() && directory.get().catchUp(PATIENCE);
        return HealthCheckResponse.named("darkroom-producer").status(ready).build();
    }
}
