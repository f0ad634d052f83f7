package dev.darkroom.embedded;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Raises the servers' own logging to warnings where nobody set a level.
 *
 * <p>A broker prints its whole configuration and every state change at INFO, about a thousand lines
 * a start. Both logging back ends in use here, java.util.logging and JBoss LogManager, share these
 * loggers.
 */
final class QuietLogs {
    // Held here because java.util.logging keeps its loggers by weak references only.
    private static final List<Logger> LOGGERS =
            List.of(
                    Logger.getLogger("org.apache.kafka"),
                    Logger.getLogger("kafka"),
                    Logger.getLogger("state.change.logger"),
                    Logger.getLogger("org.gaul"),
                    Logger.getLogger("org.eclipse.jetty"),
                    Logger.getLogger("software.amazon.awssdk"));

    // Warns of every first start that the metadata log is empty.
    private static final Logger CONTROLLER = Logger.getLogger("org.apache.kafka.controller");

    private static final Logger CLIENTS = Logger.getLogger("org.apache.kafka.clients");

    private QuietLogs() {}

    static void apply() {
        for (Logger logger : LOGGERS) {
            if (logger.getLevel() == null) {
                logger.setLevel(Level.WARNING);
            }
        }
        if (CONTROLLER.getLevel() == null) {
            CONTROLLER.setLevel(Level.SEVERE);
        }
    }

    /**
     * Runs a broker's shutdown, during which its own clients warn of connections that it closed.
     */
    static void whileStopping(Runnable shutdown) {
        Level before = CLIENTS.getLevel();
        CLIENTS.setLevel(Level.SEVERE);
        try {
            shutdown.run();
        } finally {
            CLIENTS.setLevel(before);
        }
    }
}
