package dev.darkroom.producer;

import dev.darkroom.platform.thread.DaemonThreads;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** One thread that wakes idle event streams and those who wait for too long. */
final class Heartbeats implements AutoCloseable {
    private final ScheduledExecutorService executor =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("darkroom-heartbeats"));

    ScheduledExecutorService executor() {
        return executor;
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
