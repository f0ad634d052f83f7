package dev.darkroom.producer;

import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.producer.api.Authentication;
import dev.darkroom.producer.api.Gate;
import dev.darkroom.producer.key.KeyRing;
import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.producer.status.JobDirectory;
import dev.darkroom.producer.submit.ModelCatalog;
import dev.darkroom.producer.webhook.WebhookEndpoints;
import dev.darkroom.producer.webhook.WebhookSender;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts and stops the service: connects (which waits for broker and store), opens the gate for
 * requests, and reads the topics from their beginning; questions about jobs are answered from the
 * moment that is done.
 */
@Singleton
final class ProducerLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(ProducerLifecycle.class);
    private static final Duration READING = Duration.ofSeconds(2);

    private volatile boolean stopping;

    // The parameters are what must be connected before the gate opens.
    @SuppressWarnings("unused")
    void start(
            @Observes StartupEvent event,
            BoardReader reader,
            JobDirectory directory,
            JobBoard board,
            JobPublisher publisher,
            ModelCatalog catalog,
            KeyRing keys,
            Authentication authentication,
            Housekeeping housekeeping,
            Gate gate,
            WebhookEndpoints endpoints,
            Instance<WebhookSender> webhooks,
            ProducerSettings settings,
            @ConfigProperty(name = "quarkus.http.host") String host) {
        settings.requireQuotasOfTenants();
        HttpHost.check(host, !keys.neverHadAny());
        reader.start();
        if (!endpoints.isEmpty()) {
            webhooks.get().start();
        }
        housekeeping.start();
        gate.open();
        Thread thread = new Thread(() -> catchUp(directory, board), "darkroom-producer-catch-up");
        thread.setDaemon(true);
        thread.start();
    }

    @SuppressWarnings("unused")
    void stop(
            @Observes ShutdownEvent event,
            Gate gate,
            BoardReader reader,
            Heartbeats heartbeats,
            Housekeeping housekeeping) {
        stopping = true;
        gate.close();
        heartbeats.close();
        housekeeping.close();
        reader.close();
    }

    private void catchUp(JobDirectory directory, JobBoard board) {
        while (!stopping && !directory.catchUp(READING)) {
            LOG.info("Reading what happened before: {} jobs so far", board.size());
        }
        LOG.info("Knows {} jobs", board.size());
    }
}
