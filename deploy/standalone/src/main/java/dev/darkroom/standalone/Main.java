package dev.darkroom.standalone;

import dev.darkroom.standalone.command.DarkroomCommand;
import dev.darkroom.standalone.command.Terminal;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The process: runs one command, and Quarkus only where the command needs it. */
@QuarkusMain
public final class Main {
    /** Set by the launcher where standard error is a terminal. */
    private static final String TERMINAL_PROPERTY = "darkroom.terminal";

    private Main() {}

    public static void main(String... arguments) {
        Terminal terminal =
                new Terminal(
                        new PrintStream(
                                new FileOutputStream(FileDescriptor.out),
                                true,
                                StandardCharsets.UTF_8),
                        new PrintStream(
                                new FileOutputStream(FileDescriptor.err),
                                true,
                                StandardCharsets.UTF_8),
                        Boolean.getBoolean(TERMINAL_PROPERTY));
        System.exit(DarkroomCommand.run(terminal, System.getenv(), arguments));
    }
}
