package dev.darkroom.platform.kafka;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** A program that takes one job, says so, and never ends: to be killed. */
final class HoldingWorker {
    private HoldingWorker() {}

    public static void main(String[] arguments) throws InterruptedException {
        KafkaSettings settings =
                new KafkaSettings(arguments[0], Map.of(), 1, 1, Integer.parseInt(arguments[1]));
        try (JobSlot slot = new JobSlot(settings, "holding-worker")) {
            Optional<AcquiredRecord> taken = Optional.empty();
            while (taken.isEmpty()) {
                taken = slot.take(Duration.ofSeconds(1));
            }
            System.out.println("HOLDS " + taken.get().key().orElse(""));
            Thread.currentThread().join();
        }
    }
}
