package dev.darkroom.standalone.chaos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** What a process says, line by line. */
final class Lines {
    private Lines() {}

    static String first(Process process) throws IOException {
        BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = lines.readLine();
        if (line == null) {
            throw new IOException("the process said nothing and ended");
        }
        return line;
    }

    /** Tells every line from now on, on a thread of its own, until the process ends. */
    static void follow(Process process, Consumer<String> listener) {
        Thread thread =
                new Thread(
                        () -> {
                            try (BufferedReader lines =
                                    new BufferedReader(
                                            new InputStreamReader(
                                                    process.getInputStream(),
                                                    StandardCharsets.UTF_8))) {
                                for (String line = lines.readLine();
                                        line != null;
                                        line = lines.readLine()) {
                                    listener.accept(line);
                                }
                            } catch (IOException e) {
                                listener.accept("ended: " + e);
                            }
                        },
                        "lines-" + process.pid());
        thread.setDaemon(true);
        thread.start();
    }
}
