package dev.darkroom.standalone.pool;

import dev.darkroom.standalone.home.DarkroomHome;
import io.quarkus.bootstrap.logging.InitialConfigurator;
import java.io.FileNotFoundException;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.jboss.logmanager.handlers.ConsoleHandler;
import org.jboss.logmanager.handlers.SizeRotatingFileHandler;

/**
 * Where the log goes: all of it to the home's file, warnings to standard error. Quarkus brings its
 * own handlers when it starts and is told the same by its configuration.
 */
public final class Logs {
    private static final String FILE_FORMAT =
            "%d{yyyy-MM-dd HH:mm:ss,SSS} %-5p [%c{2.}] (%t) %s%e%n";
    private static final String CONSOLE_FORMAT = "%d{HH:mm:ss} %-5p [%c{1.}] %s%e%n";
    private static final long ROTATE_BYTES = 10_000_000;
    private static final int KEPT = 5;

    private Logs() {}

    /**
     * Warnings to standard error.
     *
     * @param verbose the rest too
     */
    public static void toConsole(boolean verbose) {
        Logger.getLogger("").setLevel(Level.INFO);
        ConsoleHandler console =
                new ConsoleHandler(
                        ConsoleHandler.Target.SYSTEM_ERR, new PatternFormatter(CONSOLE_FORMAT));
        console.setLevel(verbose ? Level.INFO : Level.WARNING);
        if (!verbose) {
            console.setFilter(new QuietConsole());
            System.setProperty("quarkus.log.console.filter", QuietConsole.NAME);
        }
        InitialConfigurator.DELAYED_HANDLER.setHandlers(new Handler[] {console});
        System.setProperty("quarkus.log.console.level", verbose ? "INFO" : "WARN");
        System.setProperty("quarkus.log.console.format", CONSOLE_FORMAT);
    }

    /** Everything to the home's log file too. */
    public static void toFile(DarkroomHome home) {
        try {
            SizeRotatingFileHandler file = new SizeRotatingFileHandler();
            file.setAppend(true);
            file.setRotateSize(ROTATE_BYTES);
            file.setMaxBackupIndex(KEPT);
            file.setFile(home.logFile().toFile());
            file.setFormatter(new PatternFormatter(FILE_FORMAT));
            InitialConfigurator.DELAYED_HANDLER.addHandler(file);
        } catch (FileNotFoundException e) {
            Logger.getLogger(Logs.class.getName())
                    .log(Level.WARNING, "cannot log to " + home.logFile(), e);
            return;
        }
        System.setProperty("quarkus.log.file.enabled", "true");
        System.setProperty("quarkus.log.file.path", home.logFile().toString());
        System.setProperty("quarkus.log.file.format", FILE_FORMAT);
        System.setProperty("quarkus.log.file.rotation.rotate-on-boot", "false");
        System.setProperty("quarkus.log.file.rotation.max-file-size", Long.toString(ROTATE_BYTES));
        System.setProperty("quarkus.log.file.rotation.max-backup-index", Integer.toString(KEPT));
    }
}
