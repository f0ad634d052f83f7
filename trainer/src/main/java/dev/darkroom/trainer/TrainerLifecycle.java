package dev.darkroom.trainer;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.training.Margins;
import dev.darkroom.platform.registry.CanaryGuard;
import dev.darkroom.platform.wiring.ProcessName;
import dev.darkroom.trainer.service.FineTuning;
import dev.darkroom.trainer.service.Trainer;
import dev.darkroom.trainer.service.TrainerOptions;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the trainer and the judge of canaries with the service, and stops them with it. */
@Singleton
class TrainerLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(TrainerLifecycle.class);

    private final TrainerSettings settings;
    private final Instance<TrainerClients> clients;
    private final Instance<FineTuning> fineTuning;
    private volatile Optional<Trainer> trainer = Optional.empty();
    private volatile Optional<CanaryGuard> guard = Optional.empty();

    @Inject
    TrainerLifecycle(
            TrainerSettings settings,
            Instance<TrainerClients> clients,
            Instance<FineTuning> fineTuning) {
        this.settings = settings;
        this.clients = clients;
        this.fineTuning = fineTuning;
    }

    /** The trainer, where this process has one. */
    Optional<Trainer> trainer() {
        return trainer;
    }

    void start(@Observes StartupEvent event) {
        if (!settings.enabled()) {
            return;
        }
        CanaryGuard guarding = clients.get().guard();
        guard = Optional.of(guarding);
        guarding.start();
        if (!fineTuning.isResolvable()) {
            LOG.info("there is nothing here that trains: requests wait for another trainer");
            return;
        }
        Trainer started =
                new Trainer(
                        clients.get().surroundings(),
                        options(),
                        fineTuning.get(),
                        Clock.systemUTC());
        trainer = Optional.of(started);
        started.start();
    }

    void stop(@Observes ShutdownEvent event) {
        guard.ifPresent(CanaryGuard::close);
        trainer.ifPresent(Trainer::close);
    }

    private TrainerOptions options() {
        OptionalInt every = settings.everyMinutes();
        return new TrainerOptions(
                settings.name().orElseGet(() -> ProcessName.ofHost("trainer")),
                settings.work(),
                settings.cache(),
                Duration.ofSeconds(settings.leaseSeconds()),
                settings.maxAttempts(),
                Duration.ofSeconds(settings.retrySeconds()),
                new Margins(settings.lossMargin(), settings.scoreMargin()),
                settings.canaryPercent(),
                settings.schedule().orElse(List.of()).stream()
                        .map(TrainerOptions.Scheduled::parse)
                        .toList(),
                every.isPresent()
                        ? Optional.of(Duration.ofMinutes(every.getAsInt()))
                        : Optional.empty(),
                settings.models().orElse(List.of()).stream()
                        .map(ModelName::new)
                        .collect(Collectors.toSet()));
    }
}
