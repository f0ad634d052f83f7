package dev.darkroom.trainer.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Removes what a run has left on the disk. */
final class Folders {
    private Folders() {}

    /** Removes every file in the folder but those; folders that become empty go too. */
    static void empty(Path folder, Set<Path> wanted) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> found = Files.walk(folder)) {
            all =
                    found.filter(path -> !path.equals(folder))
                            .sorted(Comparator.reverseOrder())
                            .toList();
        }
        for (Path path : all) {
            boolean keeps =
                    Files.isDirectory(path)
                            ? wanted.stream().anyMatch(file -> file.startsWith(path))
                            : wanted.contains(path);
            if (!keeps) {
                Files.delete(path);
            }
        }
    }

    /** Removes the folder and all that is in it. */
    static void remove(Path folder) throws IOException {
        empty(folder, Set.of());
        Files.deleteIfExists(folder);
    }
}
