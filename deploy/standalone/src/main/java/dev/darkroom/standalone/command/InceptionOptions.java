package dev.darkroom.standalone.command;

import dev.darkroom.trainer.evaluate.InceptionChoice;
import dev.darkroom.trainer.evaluate.InceptionFeatures;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** An Inception network that the user supplies; needs its folder. */
final class InceptionOptions {
    @Option(
            names = "--inception",
            paramLabel = "DIR",
            required = true,
            description =
                    "A TensorFlow SavedModel that takes pictures [N, side, side, 3] in -1..1"
                            + " and gives features [N, d].")
    private Path folder = Path.of("");

    @Option(
            names = "--inception-signature",
            paramLabel = "KEY",
            description = "Default: the one that fits, or serving_default.")
    private Optional<String> signature = Optional.empty();

    @Option(
            names = "--inception-input",
            paramLabel = "NAME",
            description = "Default: the signature's only input.")
    private Optional<String> input = Optional.empty();

    @Option(
            names = "--inception-output",
            paramLabel = "NAME",
            description = "Default: the signature's only output [N, d].")
    private Optional<String> output = Optional.empty();

    @Option(
            names = "--inception-side",
            paramLabel = "PIXELS",
            description = "Default: the input's, or 299 where it takes any.")
    private Optional<Integer> side = Optional.empty();

    @Option(
            names = "--inception-dimensions",
            paramLabel = "D",
            description = "Default: the output's.")
    private Optional<Integer> dimensions = Optional.empty();

    /** How it is asked, by what was said of it and by what it says itself. */
    InceptionFeatures.Options network() {
        return new InceptionChoice(folder, signature, input, output, side, dimensions).options();
    }
}
