package dev.darkroom.producer.webhook;

import dev.darkroom.contract.job.JobId;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Who wants to be told of which jobs. */
public interface WebhookEndpoints {
    /** Whether anyone wants to be told of anything. */
    boolean isEmpty();

    /**
     * The name of the endpoint that wants to be told how a job ended.
     *
     * @throws dev.darkroom.contract.error.DarkroomException where that is not known yet
     */
    Optional<String> of(JobId job);

    /** The endpoint of this name as it is configured now. */
    Optional<WebhookEndpoint> named(String name);

    /**
     * An endpoint is named as its tenant.
     *
     * @param tenantOf whose a job is
     * @param own of single tenants
     * @param others of all others
     */
    static WebhookEndpoints of(
            Function<JobId, String> tenantOf,
            Map<String, WebhookEndpoint> own,
            Optional<WebhookEndpoint> others) {
        return new WebhookEndpoints() {
            @Override
            public boolean isEmpty() {
                return own.isEmpty() && others.isEmpty();
            }

            @Override
            public Optional<String> of(JobId job) {
                if (isEmpty()) {
                    return Optional.empty();
                }
                String tenant = tenantOf.apply(job);
                return named(tenant).map(any -> tenant);
            }

            @Override
            public Optional<WebhookEndpoint> named(String name) {
                return Optional.ofNullable(own.get(name)).or(() -> others);
            }
        };
    }
}
