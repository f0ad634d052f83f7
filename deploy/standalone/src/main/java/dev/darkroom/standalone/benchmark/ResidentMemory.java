package dev.darkroom.standalone.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/** The memory that a process has resident, where Linux tells it. */
final class ResidentMemory {
    private static final double KB_PER_GB = 1e9 / 1024;

    private ResidentMemory() {}

    /** The most that it ever had, in GB (10^9 bytes); nothing where nobody tells. */
    static OptionalDouble peak(long pid) {
        return gigabytes(pid, "VmHWM:");
    }

    /** What it has now. */
    static OptionalDouble now(long pid) {
        return gigabytes(pid, "VmRSS:");
    }

    /** Nothing where there is no /proc or no such process any more. */
    private static OptionalDouble gigabytes(long pid, String field) {
        Path status = Path.of("/proc/" + pid + "/status");
        try {
            return Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith(field))
                    .mapToDouble(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / KB_PER_GB)
                    .findFirst();
        } catch (IOException e) {
            return OptionalDouble.empty();
        }
    }
}
