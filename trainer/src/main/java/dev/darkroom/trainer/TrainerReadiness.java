package dev.darkroom.trainer;

import dev.darkroom.trainer.service.Trainer;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready while requests are taken, or where this process is not to take any. */
@Readiness
@ApplicationScoped
class TrainerReadiness implements HealthCheck {
    private final TrainerLifecycle lifecycle;

    @Inject
    TrainerReadiness(TrainerLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("trainer")
                .status(lifecycle.trainer().map(Trainer::isAlive).orElse(true))
                .withData("state", lifecycle.trainer().isPresent() ? "RUNNING" : "DISABLED")
                .build();
    }
}
