package dev.darkroom.worker;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready: jobs are being taken and the default model is warm. There is no liveness check of the
 * worker's own: a broker or store that is away is no reason to restart it.
 */
@Readiness
@ApplicationScoped
class WorkerReadiness implements HealthCheck {
    private final WorkerLifecycle lifecycle;

    @Inject
    WorkerReadiness(WorkerLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("worker");
        return lifecycle
                .worker()
                .map(
                        worker -> {
                            response.status(worker.isReady())
                                    .withData("state", worker.state().name())
                                    .withData("models", worker.models().loaded().toString());
                            worker.trouble().ifPresent(why -> response.withData("trouble", why));
                            return response.build();
                        })
                .orElseGet(() -> response.up().withData("state", "DISABLED").build());
    }
}
