package dev.darkroom.standalone.benchmark;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands as a person types them, on a home of their own. */
final class Launcher {
    private final Path program;
    private final Path home;

    /**
     * @param root the checkout
     */
    Launcher(Path root, Path home) {
        this.program = root.resolve("deploy/darkroom");
        this.home = home;
    }

    Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        // Measured as it comes, whatever is set here.
        builder.environment()
                .keySet()
                .removeIf(
                        name ->
                                (name.startsWith("DARKROOM_") || name.startsWith("QUARKUS_"))
                                        && !name.equals("DARKROOM_NATIVES"));
        builder.environment().put("DARKROOM_HOME", home.toString());
        return builder.start();
    }

    static void awaitFirstLine(Process process) throws IOException {
        // Left open: its process goes on writing.
        BufferedReader lines = process.inputReader();
        if (lines.readLine() == null) {
            throw new DarkroomException(
                    ErrorCode.INTERNAL, "a command of the benchmark printed nothing");
        }
    }
}
