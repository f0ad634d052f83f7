package dev.darkroom.producer;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;

/** What is logged while it is open, of every level that is compiled in. */
public final class LogCapture extends Handler implements AutoCloseable {
    /** One where the JVM was started with JBoss's log manager, else ours and the libraries'. */
    private final Set<Logger> roots;

    private final Map<Logger, Level> before = new HashMap<>();
    private final Map<Logger, List<Handler>> others = new HashMap<>();

    /** The message and all of a failure's trace. */
    private final PatternFormatter formatter = new PatternFormatter("%c %m");

    private final List<String> lines = new CopyOnWriteArrayList<>();

    /** All. */
    public LogCapture() {
        this("");
    }

    /**
     * @param category all below it
     */
    public LogCapture(String category) {
        roots =
                Set.copyOf(
                        new HashSet<>(
                                List.of(
                                        Logger.getLogger(category),
                                        org.jboss.logmanager.Logger.getLogger(category))));
        setLevel(Level.ALL);
        for (Logger root : roots) {
            before.put(root, root.getLevel());
            others.put(root, List.of(root.getHandlers()));
            // Nobody wants to read all of it on the console.
            others.get(root).forEach(root::removeHandler);
            root.addHandler(this);
            root.setLevel(Level.ALL);
        }
    }

    @Override
    public void publish(LogRecord record) {
        lines.add(formatter.format(record));
    }

    public List<String> lines() {
        return lines;
    }

    @Override
    public void flush() {
        // Nothing is held back.
    }

    @Override
    public void close() {
        for (Logger root : roots) {
            root.setLevel(before.get(root));
            root.removeHandler(this);
            others.get(root).forEach(root::addHandler);
        }
    }
}
