package dev.darkroom.standalone.chaos;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Full disks, of one process each, by the kernel's limit on the size of files: every write to a
 * file fails (EFBIG, where a full disk says ENOSPC), and reading goes on.
 */
final class Disk {
    private static final String FULL = "--fsize=0:unlimited";
    private static final String EMPTY = "--fsize=unlimited:unlimited";

    private Disk() {}

    /** Of a process that runs. */
    static void fill(Process process, boolean full) throws IOException, InterruptedException {
        Process limit =
                new ProcessBuilder(
                                "prlimit",
                                "--pid",
                                Long.toString(process.pid()),
                                full ? FULL : EMPTY)
                        .inheritIO()
                        .start();
        if (limit.waitFor() != 0 && process.isAlive()) {
            throw new IOException("prlimit ended with " + limit.exitValue());
        }
    }

    /** The same process, with a disk that is full from its start. */
    static ProcessBuilder full(ProcessBuilder process) {
        List<String> command = new ArrayList<>(List.of("prlimit", FULL));
        command.addAll(process.command());
        return process.command(command);
    }
}
