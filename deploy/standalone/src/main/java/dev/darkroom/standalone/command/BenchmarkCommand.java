package dev.darkroom.standalone.command;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.standalone.benchmark.Benchmark;
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
            "Takes some minutes, 9 GB of disk for a while, and the whole machine."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  darkroom benchmark --quick", "  darkroom benchmark --json figures.json"})
final class BenchmarkCommand implements Callable<Integer> {
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

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there too.")
    private Optional<Path> json = Optional.empty();

    BenchmarkCommand(Invocation invocation, Interruption interruption) {
        this.invocation = invocation;
        this.interruption = interruption;
    }

    @Override
    public Integer call() throws InterruptedException {
        String root = System.getProperty("darkroom.root");
        if (root == null || repeats < 1) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST,
                    root == null
                            ? "start the benchmark through deploy/darkroom"
                            : "--repeats must be at least 1");
        }
        try (Benchmark benchmark = new Benchmark(Path.of(root), invocation.terminal()::print)) {
            interruption.guard(benchmark);
            benchmark.run(!quick, repeats, work);
            if (json.isPresent()) {
                benchmark.write(json.get());
            }
        } catch (IOException e) {
            throw new DarkroomException(ErrorCode.MISCONFIGURED, "cannot measure: " + e, e);
        }
        return ExitCode.OK;
    }
}
