package dev.darkroom.standalone.command;

import java.time.Duration;
import java.util.Optional;

/**
 * What happens at Ctrl-C or SIGTERM: the person is told where things stand, and what was started is
 * stopped before the process ends (with 130 or 143, as the JVM does after these signals).
 */
final class Interruption {
    private static final Duration ECHO = Duration.ofMillis(500);

    private final Terminal terminal;
    private Optional<String> notice = Optional.empty();
    private Optional<AutoCloseable> toStop = Optional.empty();
    private boolean underWay;
    private boolean finished;

    Interruption(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Begins to watch; called once, by the process's main method. */
    void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "darkroom-stop"));
    }

    /** What a person should know if it were to end now. */
    synchronized void tell(String text) {
        notice = Optional.of(text);
    }

    /** What must be stopped if it were to end now. */
    synchronized void guard(AutoCloseable resource) {
        toStop = Optional.of(resource);
    }

    /** The command ended by itself: nothing is left to tell or to stop. */
    synchronized void finish() {
        finished = true;
    }

    /**
     * Does not return where the process is ending by a signal, so that failures which are only its
     * echo are not told. A moment is given to it, since a pool in this process may be closed by the
     * same signal before it is noticed here.
     */
    synchronized void endIfUnderWay() {
        long end = System.nanoTime() + ECHO.toNanos();
        try {
            while (underWay || System.nanoTime() < end) {
                wait(ECHO.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void stop() {
        Optional<AutoCloseable> resource;
        synchronized (this) {
            if (finished) {
                return;
            }
            underWay = true;
            notifyAll();
            notice.ifPresent(terminal::say);
            resource = toStop;
        }
        try {
            if (resource.isPresent()) {
                resource.get().close();
            }
        } catch (Exception e) {
            terminal.say("darkroom: did not stop cleanly: " + e);
        }
    }
}
