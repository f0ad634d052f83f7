package dev.darkroom.worker;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.platform.kafka.PoolTopology;
import dev.darkroom.platform.registry.CanaryGuard;
import dev.darkroom.platform.wiring.ProcessName;
import dev.darkroom.worker.intake.Backoff;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the worker and the judge of canaries with the service, and stops them with it. */
@Singleton
class WorkerLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerLifecycle.class);

    /** EX_TEMPFAIL of sysexits.h. */
    private static final int EXIT_HUNG = 75;

    /** For the end of the process beside the grace of its jobs. */
    private static final Duration ORDERLY = Duration.ofSeconds(30);

    private final WorkerSettings settings;
    private final ModelName defaultModel;
    private final String software;
    private final Instance<WorkerClients> clients;
    private final MeterRegistry meters;
    private volatile Optional<Worker> worker = Optional.empty();
    private volatile Optional<CanaryGuard> guard = Optional.empty();

    @Inject
    WorkerLifecycle(
            WorkerSettings settings,
            @ConfigProperty(name = "darkroom.default-model", defaultValue = "fashion-sd")
                    String defaultModel,
            @ConfigProperty(name = "quarkus.application.version", defaultValue = "development")
                    String version,
            Instance<WorkerClients> clients,
            MeterRegistry meters) {
        this.settings = settings;
        this.defaultModel = new ModelName(defaultModel);
        this.software = "Darkroom " + version;
        this.clients = clients;
        this.meters = meters;
    }

    /** The worker, where this process is to have one. */
    Optional<Worker> worker() {
        return worker;
    }

    void start(@Observes StartupEvent event) {
        if (!settings.enabled()) {
            return;
        }
        Worker.Surroundings surroundings = clients.get().surroundings();
        int attempts =
                attempts(settings.maxAttempts(), PoolTopology.deliveryLimit(surroundings.kafka()));
        Worker started =
                new Worker(
                        surroundings,
                        options(attempts),
                        new MicrometerObserver(meters, this::hung));
        worker = Optional.of(started);
        // One worker of a pool counts them: the sum over all is what waits.
        meters.gauge("darkroom.jobs.waiting", started, Worker::waitingJobs);
        started.start();
        CanaryGuard guarding = clients.get().guard();
        guard = Optional.of(guarding);
        guarding.start();
    }

    /**
     * The first that happens when the process is to end. HTTP still answers: that this worker is
     * not ready is seen while its jobs end, and a producer in the same process tells how they end.
     */
    void drain(@Observes ShutdownDelayInitiatedEvent event) {
        worker.ifPresent(Worker::close);
    }

    /** Closes the worker where nothing has before. */
    void stop(@Observes ShutdownEvent event) {
        guard.ifPresent(CanaryGuard::close);
        worker.ifPresent(Worker::close);
    }

    private void hung() {
        if (settings.onHang() == WorkerSettings.OnHang.EXIT) {
            LOG.error("ends, so that its supervisor starts it anew");
            Thread last = new Thread(this::halt, "darkroom-halt");
            last.setDaemon(true);
            last.start();
            Quarkus.asyncExit(EXIT_HUNG);
        }
    }

    /** An orderly end may wait for ever for what stands still. */
    private void halt() {
        try {
            Thread.sleep(Duration.ofSeconds(settings.graceSeconds()).plus(ORDERLY).toMillis());
            Runtime.getRuntime().halt(EXIT_HUNG);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * At the broker's own limit a record goes without a word, so that the worker must be the one
     * who gives up: at the latest with the delivery before the last.
     */
    static int attempts(int wanted, int deliveryLimit) {
        if (wanted < deliveryLimit) {
            return wanted;
        }
        LOG.warn(
                "darkroom.worker.max-attempts is {}, but the broker delivers a record {} times at"
                        + " most: a job is given up on after {}",
                wanted,
                deliveryLimit,
                deliveryLimit - 1);
        return deliveryLimit - 1;
    }

    private WorkerOptions options(int attempts) {
        return new WorkerOptions(
                settings.name().orElseGet(() -> ProcessName.ofHost("worker")),
                settings.slots(),
                settings.maxBatch(),
                settings.cache(),
                attempts,
                settings.activationMegabytes(),
                settings.loadedModels(),
                Duration.ofSeconds(settings.graceSeconds()),
                Duration.ofMinutes(settings.hangMinutes()),
                settings.threads().orElse(Runtime.getRuntime().availableProcessors()),
                defaultModel,
                software,
                new Backoff(
                        Duration.ofSeconds(settings.retrySeconds()),
                        Duration.ofSeconds(settings.maxRetrySeconds())));
    }
}
