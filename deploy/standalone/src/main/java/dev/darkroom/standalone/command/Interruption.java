package dev.darkroom.standalone.command;

import java.util.Optional;

/**
 * What happens at Ctrl-C or SIGTERM: the person is told where things stand, and what was started is
 * stopped before the process ends (with 130 or 143, as the JVM does after these signals).
 */
final class Interruption {
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

    /** Whether the process is ending by a signal, so that failures are only its echo. */
    synchronized boolean isUnderWay() {
        return underWay;
    }

    private void stop() {
        Optional<AutoCloseable> resource;
        synchronized (this) {
            if (finished) {
                return;
            }
            underWay = true;
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
