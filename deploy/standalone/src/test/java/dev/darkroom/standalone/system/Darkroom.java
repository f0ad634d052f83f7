package dev.darkroom.standalone.system;

import dev.darkroom.testing.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The launcher as a person uses it: a process, from another folder, on a home of its own. */
final class Darkroom {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path folder;
    private final Path home;
    private int runs;

    /**
     * @param folder to run in
     */
    Darkroom(Path folder, Path home) {
        this.folder = folder;
        this.home = home;
    }

    record Ended(int code, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }
    }

    /** A process that goes on. */
    record Running(Process process, Path out, Path err) {
        String output() {
            return read(out);
        }

        String errors() {
            return read(err);
        }

        Ended await() throws InterruptedException {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                kill();
                throw new AssertionError("does not end: " + output() + errors());
            }
            return new Ended(process.exitValue(), output(), errors());
        }

        /** Ends it as a power cut would. */
        void kill() throws InterruptedException {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }

        void signal(String name) throws IOException, InterruptedException {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
        }
    }

    Path home() {
        return home;
    }

    Ended run(String... arguments) throws IOException, InterruptedException {
        return start(arguments).await();
    }

    Running start(String... arguments) throws IOException {
        return start(Map.of(), arguments);
    }

    /**
     * @param settings environment variables
     */
    private Running start(Map<String, String> settings, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        // A build that was itself started with '&' ignores SIGINT, and so would what it starts.
        if (hasDefaultSignal()) {
            command.addAll(List.of("env", "--default-signal=INT"));
        }
        command.add(Checkout.root().resolve("deploy/darkroom").toString());
        command.addAll(List.of(arguments));
        runs++;
        Path out = folder.resolve(runs + ".out");
        Path err = folder.resolve(runs + ".err");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        forgetSettings(builder);
        builder.environment().put("DARKROOM_HOME", home.toString());
        builder.environment().putAll(settings);
        return new Running(builder.start(), out, err);
    }

    /** What the tests were started with is none of their business. */
    static void forgetSettings(ProcessBuilder builder) {
        builder.environment()
                .keySet()
                .removeIf(
                        name ->
                                (name.startsWith("DARKROOM_") || name.startsWith("QUARKUS_"))
                                        && !name.equals("DARKROOM_NATIVES"));
    }

    private static boolean hasDefaultSignal() throws IOException {
        try {
            return new ProcessBuilder("env", "--default-signal=INT", "true")
                            .redirectErrorStream(true)
                            .start()
                            .waitFor()
                    == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Starts {@code up} on any port and waits until it says where it is. */
    Running up() throws IOException, InterruptedException {
        return up(Map.of());
    }

    /**
     * @param settings environment variables
     */
    Running up(Map<String, String> settings) throws IOException, InterruptedException {
        Running running = start(settings, "up", "--port", "0");
        await(
                "the pool comes up",
                () -> {
                    if (!running.process().isAlive()) {
                        throw new AssertionError(running.errors());
                    }
                    return running.output().contains("home ");
                });
        return running;
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited in vain until " + what);
            }
            Thread.sleep(100);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
