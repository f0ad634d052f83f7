package dev.darkroom.standalone.benchmark;

import dev.darkroom.contract.json.Json;
import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.standalone.home.WorkFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Measures this machine and this build; one row after the other. */
public final class Benchmark implements AutoCloseable {
    private static final String FOLDER_PREFIX = "darkroom-benchmark-";
    private static final int MATRIX_REPEATS = 5;

    private final Path root;
    private final Consumer<String> lines;
    private final List<Measurement> measurements = new ArrayList<>();

    /** The launcher's filter of standard error, which ends with this process. */
    private final List<ProcessHandle> others = ProcessHandle.current().children().toList();

    private volatile Optional<WorkFolder> folder = Optional.empty();

    /**
     * @param root the checkout
     * @param lines takes the table, line by line
     */
    public Benchmark(Path root, Consumer<String> lines) {
        this.root = root;
        this.lines = lines;
    }

    /**
     * Only swaps.
     *
     * @param swaps of checkpoints, under load
     * @param work an existing folder for what is made on the way
     */
    public void runSwaps(int swaps, Path work) throws IOException, InterruptedException {
        begin();
        try (WorkFolder made = WorkFolder.open(work, FOLDER_PREFIX)) {
            folder = Optional.of(made);
            new SwapRun(root, made.path(), this::add).run(swaps);
        }
    }

    /**
     * @param full whether Stable Diffusion 1.5's shape is run too; needs 9 GB of disk
     * @param repeats of each stage; the fastest counts
     * @param work an existing folder for what is made on the way
     */
    public void run(boolean full, int repeats, Path work) throws IOException, InterruptedException {
        begin();
        try (WorkFolder made = WorkFolder.open(work, FOLDER_PREFIX)) {
            folder = Optional.of(made);
            Path path = made.path();
            new BundledRun(root, path, this::add).run();
            TensorflowNatives.load();
            new LoneJobRun(root, this::add).run(path);
            add(
                    Measurement.rate(
                            "matrix product 2048^3, float32",
                            MatrixProduct.seconds(MATRIX_REPEATS),
                            MatrixProduct.flop()));
            if (full) {
                Path source = path.resolve("sd15");
                RandomCheckpoint.write(source);
                new StableDiffusionRun(source, repeats, this::add).run(path);
            }
        }
    }

    private void begin() {
        lines.accept(
                "processors: "
                        + Runtime.getRuntime().availableProcessors()
                        + ", Java "
                        + Runtime.version());
        lines.accept(Measurement.header());
    }

    /** Everything measured, as JSON. */
    public void write(Path file) throws IOException {
        Files.write(file, Json.writePretty(measurements));
    }

    private void add(Measurement measurement) {
        measurements.add(measurement);
        lines.accept(measurement.row());
    }

    /** Stops the processes that it started, and leaves nothing behind; from any thread. */
    @Override
    public void close() {
        List<ProcessHandle> started =
                ProcessHandle.current()
                        .children()
                        .filter(process -> !others.contains(process))
                        .toList();
        started.forEach(ProcessHandle::destroy);
        started.forEach(process -> process.onExit().join());
        folder.ifPresent(WorkFolder::close);
    }
}
