package dev.darkroom.standalone.command;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.standalone.benchmark.Benchmark;
import dev.darkroom.standalone.benchmark.TrainingStepRun;
import dev.darkroom.trainer.stage.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "benchmark",
        description = {
            "Measures this machine: the bundled model through the whole pool, and Stable Diffusion"
                    + " 1.5's shape with random weights, imported and run.",
            "Takes some minutes, 9 GB of disk for a while, and the whole machine.",
            "Commands and jobs are timed as a person meets them, to the line that names the first"
                    + " picture; stages by the fastest of their runs, after one that is not"
                    + " counted. GFLOP/s stand beside those of a bare matrix product, so that"
                    + " machines compare. README.md says what each figure is.",
            "With --training: steps of a recipe's UNet instead, forward and backward with AdamW;"
                    + " pictures/s over all measured steps, of the fastest step, and per second of"
                    + " CPU."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  darkroom benchmark --quick",
            "  darkroom benchmark --json figures.json",
            "  darkroom benchmark --training recipe.json --threads 2",
            "  darkroom benchmark --swaps 50"
        })
final class BenchmarkCommand implements Callable<Integer> {
    private static final int LEAST_SWAPS = 2;

    private final Interruption interruption;

    @Mixin private final Invocation invocation;

    @Option(names = "--quick", description = "Leave out Stable Diffusion 1.5's shape.")
    private boolean quick;

    @Option(
            names = "--repeats",
            paramLabel = "N",
            defaultValue = "3",
            description = "Runs of each stage; the fastest counts. Default: ${DEFAULT-VALUE}.")
    private int repeats;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "Folder for what is made on the way. Default: the temporary one.")
    private Path work = Path.of(System.getProperty("java.io.tmpdir", "."));

    @Option(
            names = "--swaps",
            paramLabel = "N",
            description = "Only swap checkpoints so often while the pool makes pictures, and tell.")
    private Optional<Integer> swaps = Optional.empty();

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there too.")
    private Optional<Path> json = Optional.empty();

    @Option(
            names = "--training",
            paramLabel = "RECIPE",
            description = "Measure training steps of this recipe's UNet, and nothing else.")
    private Optional<Path> training = Optional.empty();

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Pictures of such a step. Default: the recipe's.")
    private Optional<Integer> batch = Optional.empty();

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of such a step. Default: one a processor.")
    private Optional<Integer> threads = Optional.empty();

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "20",
            description = "Such steps that are measured. Default: ${DEFAULT-VALUE}.")
    private int steps;

    BenchmarkCommand(Invocation invocation, Interruption interruption) {
        this.invocation = invocation;
        this.interruption = interruption;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (training.isPresent()) {
            invocation.terminal().print(step(Recipe.read(training.get())).run());
            return ExitCode.OK;
        }
        String root = System.getProperty("darkroom.root");
        if (root == null || repeats < 1 || swaps.orElse(LEAST_SWAPS) < LEAST_SWAPS) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    root == null
                            ? "start the benchmark through deploy/darkroom"
                            : "--repeats must be at least 1, --swaps at least " + LEAST_SWAPS);
        }
        try (Benchmark benchmark = new Benchmark(Path.of(root), invocation.terminal()::print)) {
            interruption.guard(benchmark);
            if (swaps.isPresent()) {
                benchmark.runSwaps(swaps.get(), work);
            } else {
                benchmark.run(!quick, repeats, work);
            }
            if (json.isPresent()) {
                benchmark.write(json.get());
            }
        } catch (IOException e) {
            throw new DarkroomException(ErrorCode.MISCONFIGURED, "cannot measure: " + e, e);
        }
        return ExitCode.OK;
    }

    private TrainingStepRun step(Recipe recipe) {
        int accumulation = recipe.unet().optimizer().accumulation();
        try {
            return new TrainingStepRun(
                    recipe,
                    batch.orElse(recipe.unet().loop().examples() / accumulation),
                    threads.orElse(Runtime.getRuntime().availableProcessors()),
                    steps);
        } catch (IllegalArgumentException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }
}
