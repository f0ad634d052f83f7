package dev.darkroom.standalone.pool;

import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * What a person sees of the log unasked: our warnings, and of the libraries only errors. The rest
 * is in the log file.
 */
@LoggingFilter(name = QuietConsole.NAME)
public final class QuietConsole implements Filter {
    static final String NAME = "quiet";

    @Override
    public boolean isLoggable(LogRecord record) {
        String logger = record.getLoggerName();
        Level least =
                logger != null && logger.startsWith("dev.darkroom") ? Level.WARNING : Level.SEVERE;
        return record.getLevel().intValue() >= least.intValue();
    }
}
