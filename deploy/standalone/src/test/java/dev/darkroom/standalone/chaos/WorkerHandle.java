package dev.darkroom.standalone.chaos;

import dev.darkroom.contract.job.JobId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A {@link ChaosWorker} from outside. */
final class WorkerHandle {
    private static final int LAST_LINES = 12;

    private final String name;
    private final Path log;
    private final Process process;
    private volatile boolean ready;
    private volatile String trouble = "";
    private volatile String at = "";

    /**
     * @param diskFull whether it can write no byte to any file
     */
    WorkerHandle(Servers servers, String name, Path folder, String model, boolean diskFull)
            throws IOException {
        this.name = name;
        this.log = folder.resolve(name + ".log");
        ProcessBuilder builder =
                Servers.java(
                        ChaosWorker.class,
                        List.of(
                                servers.bootstrapServers(),
                                servers.endpoint(),
                                folder.resolve(name).toString(),
                                name,
                                model));
        this.process =
                (diskFull ? Disk.full(builder) : builder).redirectError(log.toFile()).start();
        Lines.follow(process, this::said);
    }

    private void said(String line) {
        if (line.startsWith("at ")) {
            at = line.substring("at ".length());
        } else if (line.equals("ready")) {
            ready = true;
        } else if (line.startsWith("trouble ")) {
            trouble = line.substring("trouble ".length());
        }
    }

    String name() {
        return name;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Whether it has taken jobs, whatever it does now. */
    boolean isReady() {
        return ready;
    }

    /** Why it was not ready when it last said so; empty before. */
    String trouble() {
        return trouble;
    }

    void freeDisk() throws IOException, InterruptedException {
        Disk.fill(process, false);
    }

    /** The next job that comes there stands still. */
    void hold(Stage stage) throws IOException {
        at = "";
        tell("hold " + stage);
    }

    boolean isAt(Stage stage) {
        return at.startsWith(stage + " ");
    }

    /** The job that stands still. */
    Optional<JobId> held() {
        String job = at.substring(at.indexOf(' ') + 1);
        return JobId.isValid(job) ? Optional.of(new JobId(job)) : Optional.empty();
    }

    void go() throws IOException {
        tell("go");
    }

    private void tell(String line) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    /** Kills it and does not wait. */
    void end() {
        process.destroyForcibly();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Stops or continues the whole process, as {@code kill -STOP} does. */
    void signal(String signal) throws IOException, InterruptedException {
        Process kill =
                new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                        .inheritIO()
                        .start();
        if (kill.waitFor() != 0) {
            throw new IOException("kill -" + signal + " ended with " + kill.exitValue());
        }
    }

    /** All that is known of it, for whoever reads a test that failed. */
    String describe() {
        return "%s: %s, %s, trouble \"%s\", stands at \"%s\"; its last words:%n%s"
                .formatted(
                        name,
                        isAlive() ? "alive" : "ended with " + process.exitValue(),
                        ready ? "was ready" : "was never ready",
                        trouble,
                        at,
                        lastWords());
    }

    private String lastWords() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join(
                    "\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
        } catch (IOException e) {
            return "unknown: " + e;
        }
    }
}
