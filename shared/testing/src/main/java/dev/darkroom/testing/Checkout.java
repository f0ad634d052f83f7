package dev.darkroom.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Places that tests read. */
public final class Checkout {
    private Checkout() {}

    /** The root of this checkout. */
    public static Path root() {
        String root = System.getProperty("darkroom.root");
        if (root == null) {
            throw new IllegalStateException(
                    "the system property darkroom.root must name the checkout");
        }
        return Path.of(root);
    }

    /** The bundled checkpoint in the diffusers folder layout. */
    public static Path bundledModel() {
        return root().resolve("deploy/models/fashion-sd");
    }

    /** A small checkpoint with random weights, in the same layout but for its tokenizer. */
    public static Path tinyCheckpoint(String name) {
        return root().resolve("shared/testing/src/main/resources/checkpoints").resolve(name);
    }

    /**
     * Reference data that may not be committed, by its path there. Nothing in a user's clone; the
     * run then says so, and the caller asks {@code Assumptions} to skip.
     */
    public static Optional<Path> reference(String path) {
        String folder = System.getProperty("darkroom.reference");
        Optional<Path> found =
                Optional.ofNullable(folder)
                        .map(text -> Path.of(text).resolve(path))
                        .filter(Files::exists);
        if (found.isEmpty()) {
            System.err.println(
                    "NOT RUN: this test needs reference data that is not in the repository: "
                            + path);
        }
        return found;
    }
}
