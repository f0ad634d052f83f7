package dev.darkroom.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Python with packages from PyPI, for tests with foreign clients. */
public final class PythonPackages {
    private PythonPackages() {}

    /**
     * Makes a virtual environment once and keeps it.
     *
     * @param folder in a build folder
     * @param packages as pip takes them
     * @return its interpreter; nothing where there is no python3 with venv, or no PyPI
     */
    public static Optional<Path> install(Path folder, String... packages)
            throws InterruptedException {
        Path python = folder.resolve("bin/python");
        Path ready = folder.resolve("ready");
        if (Files.exists(ready)) {
            return Optional.of(python);
        }
        List<String> pip =
                new ArrayList<>(
                        List.of(
                                python.toString(),
                                "-m",
                                "pip",
                                "install",
                                "-q",
                                "--retries",
                                "0",
                                "--timeout",
                                "10"));
        pip.addAll(List.of(packages));
        boolean made =
                succeeds(List.of("python3", "-m", "venv", folder.toString()))
                        && succeeds(pip)
                        && succeeds(List.of("touch", ready.toString()));
        return made ? Optional.of(python) : Optional.empty();
    }

    private static boolean succeeds(List<String> command) throws InterruptedException {
        try {
            return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
