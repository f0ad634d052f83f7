package dev.darkroom.standalone.pool;

import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * What a person sees of the log unasked: our own warnings. What the libraries say is in the log
 * file.
 */
@LoggingFilter(name = QuietConsole.NAME)
public final class QuietConsole implements Filter {
    static final String NAME = "quiet";

    @Override
    public boolean isLoggable(LogRecord record) {
        String logger = record.getLoggerName();
        return logger != null
                && logger.startsWith("dev.darkroom")
                && record.getLevel().intValue() >= Level.WARNING.intValue();
    }
}
