package dev.darkroom.producer;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.platform.thread.DaemonThreads;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes idempotency keys that are too old, once an hour. Each producer does: to remove what is
 * gone harms nobody.
 */
final class Housekeeping implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private final IntSupplier forget;
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(
                    DaemonThreads.named("darkroom-housekeeping"));

    /**
     * @param forget removes them and says how many
     */
    Housekeeping(IntSupplier forget) {
        this.forget = forget;
    }

    void start() {
        Future<?> unused = clock.scheduleWithFixedDelay(this::run, 1, 1, TimeUnit.HOURS);
    }

    private void run() {
        try {
            LOG.info("Forgot {} idempotency keys", forget.getAsInt());
        } catch (DarkroomException e) {
            LOG.warn("Forgets old idempotency keys later: {}", e.reason());
        } catch (RuntimeException e) {
            LOG.warn("Forgets old idempotency keys later", e);
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
