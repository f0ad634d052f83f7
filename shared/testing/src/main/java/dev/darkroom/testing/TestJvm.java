package dev.darkroom.testing;

import java.util.ArrayList;
import java.util.List;

/** Another JVM with the class path of this one: to be killed, stopped or starved. */
public final class TestJvm {
    /** Of the properties that say where tests find what they read. */
    private static final String OURS = "darkroom.";

    private TestJvm() {}

    /**
     * @param options of the JVM, as in {@code -Xmx512m}
     */
    public static ProcessBuilder of(Class<?> main, List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(options);
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith(OURS))
                .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
        command.addAll(
                List.of(
                        "-Dorg.bytedeco.javacpp.maxBytes=0",
                        "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                        "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName()));
        command.addAll(arguments);
        return new ProcessBuilder(command);
    }
}
