package dev.darkroom.trainer.loop;

import dev.darkroom.testing.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A Python that has TensorBoard: the one on the path, or an environment made once for the tests.
 */
final class TensorBoardPython {
    private TensorBoardPython() {}

    /** Where there is none, the test that asks says so and is not run. */
    static Path find() throws InterruptedException {
        Path installed = Path.of("python3");
        if (hasTensorBoard(installed)) {
            return installed;
        }
        Path environment = Checkout.root().resolve("trainer/target/python-tensorboard");
        Path python = environment.resolve("bin/python");
        if (Files.isExecutable(python) && hasTensorBoard(python)) {
            return python;
        }
        boolean made =
                succeeds("python3", "-m", "venv", environment.toString())
                        && succeeds(
                                python.toString(),
                                "-m",
                                "pip",
                                "install",
                                "-q",
                                "--retries",
                                "0",
                                "--timeout",
                                "10",
                                "tensorboard==2.20.0");
        if (!made || !hasTensorBoard(python)) {
            String why = "NOT RUN: TensorBoard's own reader needs python3 with venv, and PyPI";
            System.err.println(why);
            Assumptions.abort(why);
        }
        return python;
    }

    private static boolean hasTensorBoard(Path python) throws InterruptedException {
        return succeeds(
                python.toString(),
                "-c",
                "import tensorboard.backend.event_processing.event_accumulator");
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(List.of(command))
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
