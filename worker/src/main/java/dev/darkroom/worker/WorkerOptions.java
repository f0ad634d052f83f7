package dev.darkroom.worker;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.worker.intake.Backoff;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * A worker's settings, checked; {@link WorkerSettings} says what each is.
 *
 * @param silence how long a job may show no sign of life
 * @param software name and version, written into the pictures
 * @param retry between deliveries of one job
 */
public record WorkerOptions(
        String name,
        OptionalInt slots,
        int maxBatch,
        Path cache,
        int maxAttempts,
        long activationMegabytes,
        int loadedModels,
        Duration grace,
        Duration silence,
        int threads,
        ModelName defaultModel,
        String software,
        Backoff retry) {
    public WorkerOptions {
        slots.ifPresent(count -> requirePositive("slots", count));
        requirePositive("max-batch", maxBatch);
        requirePositive("max-attempts", maxAttempts);
        requirePositive("activation-megabytes", activationMegabytes);
        requirePositive("loaded-models", loadedModels);
        requirePositive("threads", threads);
        requirePositive("hang-minutes", silence.toMillis());
    }

    private static void requirePositive(String setting, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(
                    "darkroom.worker." + setting + " is " + value + ", must be positive");
        }
    }
}
