package dev.darkroom.standalone;

import dev.darkroom.standalone.command.DarkroomCommand;
import dev.darkroom.standalone.command.Terminal;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The process: runs one command, and Quarkus only where the command needs it. */
@QuarkusMain
public final class Main {
    /** Set by the launcher where standard error is a terminal. */
    private static final String TERMINAL_PROPERTY = "darkroom.terminal";

    /** Set by the launcher: standard error as it was before native libraries were filtered. */
    private static final String ERROR_PROPERTY = "darkroom.stderr";

    Main() {}

    public static void main(String... arguments) {
        PrintStream out = stream(new FileOutputStream(FileDescriptor.out));
        Optional<PrintStream> direct = directError();
        boolean live = direct.isPresent() && Boolean.getBoolean(TERMINAL_PROPERTY);
        PrintStream err = direct.orElseGet(() -> stream(new FileOutputStream(FileDescriptor.err)));
        System.exit(DarkroomCommand.run(new Terminal(out, err, live), System.getenv(), arguments));
    }

    /** The launcher's filter passes whole lines only, which a progress bar has not. */
    private static Optional<PrintStream> directError() {
        String path = System.getProperty(ERROR_PROPERTY);
        if (path == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(stream(new FileOutputStream(path, true)));
        } catch (IOException e) {
            // A socket, or the terminal of another user, cannot be opened again.
            return Optional.empty();
        }
    }

    private static PrintStream stream(FileOutputStream file) {
        return new PrintStream(file, true, StandardCharsets.UTF_8);
    }
}
