package dev.darkroom.trainer.loop;

import dev.darkroom.testing.Checkout;
import dev.darkroom.testing.PythonPackages;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * A Python that has TensorBoard: the one on the path, or an environment made once for the tests.
 */
final class TensorBoardPython {
    private TensorBoardPython() {}

    /** Where there is none, the test that asks says so and is not run. */
    static Path find() throws InterruptedException {
        Optional<Path> python =
                PythonPackages.find(
                        "tensorboard.backend.event_processing.event_accumulator",
                        Checkout.root().resolve("trainer/target/python-tensorboard"),
                        "tensorboard==2.20.0");
        if (python.isEmpty()) {
            String why = "NOT RUN: TensorBoard's own reader needs python3 with venv, and PyPI";
            System.err.println(why);
            Assumptions.abort(why);
        }
        return python.orElseThrow();
    }
}
