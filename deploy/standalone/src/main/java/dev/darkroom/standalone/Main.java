package dev.darkroom.standalone;

import dev.darkroom.standalone.command.DarkroomCommand;
import dev.darkroom.standalone.command.Terminal;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The process: runs one command, and Quarkus only where the command needs it. */
@QuarkusMain
public final class Main {
    /** Set by the launcher where standard error is a terminal. */
    private static final String TERMINAL_PROPERTY = "darkroom.terminal";

    /** Set by the launcher: its process, which waits for this one. */
    private static final String LAUNCHER_PROPERTY = "darkroom.launcher";

    private static final int KILLED = 137;

    Main() {}

    public static void main(String... arguments) {
        endWith(Long.getLong(LAUNCHER_PROPERTY));
        boolean live = Boolean.getBoolean(TERMINAL_PROPERTY);
        PrintStream out =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        Terminal terminal = new Terminal(out, live ? liveError() : wholeLines(), live);
        System.exit(DarkroomCommand.run(terminal, System.getenv(), arguments));
    }

    /** Whoever kills the launcher's process means this one. */
    private static void endWith(@Nullable Long launcher) {
        if (launcher == null) {
            return;
        }
        Thread thread =
                new Thread(
                        () -> {
                            ProcessHandle.of(launcher)
                                    .ifPresent(process -> process.onExit().join());
                            Runtime.getRuntime().halt(KILLED);
                        },
                        "darkroom-launcher");
        thread.setDaemon(true);
        thread.start();
    }

    /** The launcher filters standard error by lines, which a line that is rewritten cannot pass. */
    private static PrintStream liveError() {
        try {
            return new PrintStream(new FileOutputStream("/dev/tty"), true, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return wholeLines();
        }
    }

    private static PrintStream wholeLines() {
        return new PrintStream(
                new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    }
}
