package dev.darkroom.standalone.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/** The most memory that a process ever had resident (VmHWM), where Linux tells it. */
final class PeakMemory {
    private static final double KB_PER_GB = 1e9 / 1024;

    private PeakMemory() {}

    /** In GB (10^9 bytes); nothing where there is no /proc or no such process any more. */
    static OptionalDouble gigabytes(long pid) {
        Path status = Path.of("/proc/" + pid + "/status");
        try {
            return Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToDouble(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / KB_PER_GB)
                    .findFirst();
        } catch (IOException e) {
            return OptionalDouble.empty();
        }
    }
}
