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
     * The python3 on the path where it has some modules, else an environment as {@link #install}
     * makes it.
     *
     * @param module that only a Python with all of the packages can import; several with commas
     */
    public static Optional<Path> find(String module, Path folder, String... packages)
            throws InterruptedException {
        Optional<Path> there = installed(module);
        return there.isPresent() ? there : install(folder, packages);
    }

    /**
     * The python3 of this machine, where it has them.
     *
     * @param modules as {@code import} takes them
     */
    public static Optional<Path> installed(String modules) throws InterruptedException {
        Path python = Path.of("python3");
        return imports(python, modules) ? Optional.of(python) : Optional.empty();
    }

    private static boolean imports(Path python, String module) throws InterruptedException {
        return succeeds(
                new ProcessBuilder(python.toString(), "-c", "import " + module)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD));
    }

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
        return succeeds(new ProcessBuilder(command).inheritIO());
    }

    private static boolean succeeds(ProcessBuilder command) throws InterruptedException {
        try {
            return command.start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
