package dev.darkroom.producer.webhook;

import dev.darkroom.contract.job.JobId;
import java.util.Optional;

/** Who wants to be told of which jobs. */
public interface WebhookEndpoints {
    /** Whether anyone wants to be told of anything. */
    boolean isEmpty();

    /** The name of the endpoint that wants to be told how a job ended. */
    Optional<String> of(JobId job);

    /** The endpoint of this name as it is configured now. */
    Optional<WebhookEndpoint> named(String name);

    /** One endpoint, or none, for all jobs. */
    static WebhookEndpoints forAll(Optional<WebhookEndpoint> endpoint) {
        return new WebhookEndpoints() {
            private static final String NAME = "default";

            @Override
            public boolean isEmpty() {
                return endpoint.isEmpty();
            }

            @Override
            public Optional<String> of(JobId job) {
                return endpoint.map(any -> NAME);
            }

            @Override
            public Optional<WebhookEndpoint> named(String name) {
                return name.equals(NAME) ? endpoint : Optional.empty();
            }
        };
    }
}
