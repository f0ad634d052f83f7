package dev.darkroom.platform.wiring;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for what is not there yet: services, broker and store start in any order. */
final class Startup {
    private static final Logger LOG = LoggerFactory.getLogger(Startup.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private Startup() {}

    /**
     * Tries until it succeeds, fails in a way that time does not mend, or the time is up; then with
     * the last failure.
     */
    static void retry(Duration limit, Runnable attempt) {
        long start = System.nanoTime();
        while (true) {
            try {
                attempt.run();
                return;
            } catch (DarkroomException e) {
                boolean passing =
                        e.code().disposition() == Disposition.TRANSIENT
                                && e.code() != ErrorCode.NOT_READY;
                if (!passing || System.nanoTime() - start + PAUSE.toNanos() > limit.toNanos()) {
                    throw e;
                }
                LOG.warn("waiting: {}", e.reason());
            }
            pause();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DarkroomException(ErrorCode.NOT_READY, "stopped while it started", e);
        }
    }
}
