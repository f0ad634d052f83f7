package dev.darkroom.standalone.system;

import dev.darkroom.testing.Checkout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A packaged service as an operator runs it: {@code java -jar} and environment variables. */
final class Service {
    private final String module;
    private final Path folder;
    private final Map<String, String> surroundings;
    private int runs;

    /**
     * @param folder for what it says
     * @param surroundings environment variables that every run has
     */
    Service(String module, Path folder, Map<String, String> surroundings) {
        this.module = module;
        this.folder = folder;
        this.surroundings = surroundings;
    }

    /**
     * @param options of the JVM
     * @param settings environment variables
     */
    Darkroom.Running start(List<String> options, Map<String, String> settings) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(
                List.of(
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.bytedeco.javacpp.maxBytes=0",
                        "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"));
        command.addAll(options);
        command.add("-jar");
        command.add(
                Checkout.root()
                        .resolve(module)
                        .resolve("target/quarkus-app/quarkus-run.jar")
                        .toString());
        runs++;
        Path out = folder.resolve(module + "-" + runs + ".out");
        Path err = folder.resolve(module + "-" + runs + ".err");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        Darkroom.forgetSettings(builder);
        builder.environment().putAll(surroundings);
        builder.environment().putAll(settings);
        return new Darkroom.Running(builder.start(), out, err);
    }
}
