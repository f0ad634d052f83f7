package dev.darkroom.producer;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** One thread that wakes idle event streams. */
final class Heartbeats implements AutoCloseable {
    private final ScheduledExecutorService executor =
            Executors.newSingleThreadScheduledExecutor(
                    task -> {
                        Thread thread = new Thread(task, "darkroom-heartbeats");
                        thread.setDaemon(true);
                        return thread;
                    });

    ScheduledExecutorService executor() {
        return executor;
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
