package dev.darkroom.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.testing.TestJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A process that trains, tells what it does line by line, and is killed with SIGKILL: nothing of it
 * gets to close, save or flush.
 */
public final class Doomed implements AutoCloseable {
    /**
     * TensorFlow adds in one order then: only so are two trainings equal to the bit.
     *
     * <p>Read by TensorFlow where a session's configuration does not say.
     */
    private static final Map<String, String> ONE_THREAD =
            Map.of("TF_NUM_INTRAOP_THREADS", "1", "TF_NUM_INTEROP_THREADS", "1");

    /** What begins the lines that are for us: native libraries write to the same place. */
    private static final String TOLD = "TOLD ";

    private final Process process;
    private final BufferedReader out;
    private final List<String> lines = new ArrayList<>();
    private final List<String> other = new ArrayList<>();

    private Doomed(Process process) {
        this.process = process;
        this.out =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    public static Doomed start(Class<?> main, List<String> arguments) throws IOException {
        ProcessBuilder builder =
                TestJvm.of(
                                main,
                                List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                                arguments)
                        .redirectErrorStream(true);
        builder.environment().putAll(ONE_THREAD);
        return new Doomed(builder.start());
    }

    /** Called in the process: tells whoever started it. */
    public static void tell(String line) {
        System.out.println(TOLD + line);
        System.out.flush();
    }

    /** Called in the process: its thread does nothing more. */
    public static void standStill() {
        while (true) {
            try {
                Thread.sleep(Long.MAX_VALUE);
            } catch (InterruptedException e) {
                // Nothing ends it but the end of the process.
            }
        }
    }

    /** Waits until the process has told a line. */
    public void await(String line) throws IOException {
        while (!read().equals(line)) {
            // The lines between are kept.
        }
    }

    private String read() throws IOException {
        while (true) {
            String line = out.readLine();
            if (line == null) {
                throw new AssertionError(
                        "it ended after " + lines + "\n" + String.join("\n", other));
            }
            if (line.startsWith(TOLD)) {
                lines.add(line.substring(TOLD.length()));
                return lines.get(lines.size() - 1);
            }
            other.add(line);
        }
    }

    /** Kills it as soon as something is so; looks without a pause, for that may pass. */
    public Doomed killWhen(BooleanSupplier so) throws IOException {
        while (!so.getAsBoolean() && process.isAlive()) {
            Thread.onSpinWait();
        }
        return kill();
    }

    public Doomed kill() throws IOException {
        // Of the handle: the process's own closes what can still be read.
        process.toHandle().destroyForcibly();
        end();
        return this;
    }

    /** Waits until it has ended by itself, and in order. */
    public Doomed awaitEnd() throws IOException {
        end();
        assertThat(process.exitValue()).as(String.join("\n", other)).isZero();
        return this;
    }

    private void end() throws IOException {
        try {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(TOLD)) {
                    lines.add(line.substring(TOLD.length()));
                } else {
                    other.add(line);
                }
            }
            process.waitFor();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All that it told. */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    /** What it told that begins so, without that beginning. */
    public List<String> told(String beginning) {
        return lines.stream()
                .filter(line -> line.startsWith(beginning))
                .map(line -> line.substring(beginning.length()))
                .toList();
    }

    /** SHA-256 of each file of a folder, by its path there. */
    public static Map<String, String> files(Path folder) throws IOException {
        Map<String, String> hashes = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                hashes.put(folder.relativize(file).toString(), Sha256.of(file));
            }
        }
        assertThat(hashes).isNotEmpty();
        return hashes;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
