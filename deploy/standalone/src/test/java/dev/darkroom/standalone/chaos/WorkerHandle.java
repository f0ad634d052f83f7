package dev.darkroom.standalone.chaos;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A {@link ChaosWorker} from outside. */
final class WorkerHandle {
    private final String name;
    private final Process process;
    private volatile String at = "";

    WorkerHandle(Servers servers, String bootstrapServers, String name, Path folder, String model)
            throws IOException {
        this.name = name;
        this.process =
                Servers.java(
                                ChaosWorker.class,
                                List.of(
                                        bootstrapServers,
                                        servers.endpoint(),
                                        folder.resolve(name).toString(),
                                        name,
                                        model))
                        .redirectError(folder.resolve(name + ".log").toFile())
                        .start();
        Lines.follow(process, this::said);
    }

    private void said(String line) {
        if (line.startsWith("at ")) {
            at = line.substring("at ".length());
        }
    }

    String name() {
        return name;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The next job that comes there stands still. */
    void hold(Stage stage) throws IOException {
        at = "";
        tell("hold " + stage);
    }

    boolean isAt(Stage stage) {
        return at.equals(stage.name());
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
}
