package dev.darkroom.trainer.service;

import dev.darkroom.contract.training.Score;
import dev.darkroom.contract.training.TrainingProgress;
import dev.darkroom.contract.training.TrainingProvenance;
import dev.darkroom.testing.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Counts to a number, a save at each, and then changes one weight of its parent: what the service
 * does around it can be seen by which numbers are counted by whom.
 */
final class SteppedTraining implements FineTuning {
    /** One permit lets one step happen. */
    final Semaphore permits;

    final List<String> steps = new CopyOnWriteArrayList<>();
    final List<Path> folders = new CopyOnWriteArrayList<>();
    final AtomicInteger runs = new AtomicInteger();
    final AtomicInteger atOnce = new AtomicInteger();
    final AtomicInteger mostAtOnce = new AtomicInteger();
    volatile double loss = 0.1;
    volatile boolean deaf;
    volatile String reportFile = "index.html";
    private final int last;

    SteppedTraining(int last, int permits) {
        this.last = last;
        this.permits = new Semaphore(permits);
    }

    @Override
    public Optional<FineTuneResult> run(FineTuneOrder order, Path run, Observer observer) {
        runs.incrementAndGet();
        folders.add(run);
        mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
        try {
            Path state = run.resolve("unet/state.txt");
            Files.createDirectories(state.getParent());
            int step = Files.exists(state) ? Integer.parseInt(Files.readString(state)) : 0;
            while (step < last) {
                while (!permits.tryAcquire()) {
                    if (observer.isStopping() && !deaf) {
                        return Optional.empty();
                    }
                    Pool.pause();
                }
                step++;
                steps.add(Thread.currentThread().getId() + ":" + step);
                Files.writeString(state, Integer.toString(step));
                observer.saved();
                observer.progressed(
                        new TrainingProgress(
                                "unet",
                                step,
                                last,
                                Optional.of(loss),
                                Optional.empty(),
                                Optional.empty()));
            }
            Path report = Files.createDirectories(run.resolve("report"));
            Files.writeString(report.resolve(reportFile), "<p>good</p>");
            return Optional.of(
                    new FineTuneResult(
                            checkpoint(run.resolve("checkpoint"), order.request().id().hashCode()),
                            Map.of("steps", last),
                            last,
                            List.of(new TrainingProvenance.Loss("unet", last, loss, false)),
                            List.of(Score.validationLoss(loss)),
                            List.of(Score.validationLoss(0.1)),
                            Optional.of(report)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            atOnce.decrementAndGet();
        }
    }

    List<Integer> numbers() {
        return steps.stream()
                .map(step -> Integer.parseInt(step.substring(step.indexOf(':') + 1)))
                .toList();
    }

    void awaitSteps(int count) {
        while (steps.size() < count) {
            Pool.pause();
        }
    }

    static Path checkpoint(Path target, int change) throws IOException {
        Path source = Checkout.bundledModel();
        try (Stream<Path> all = Files.walk(source)) {
            for (Path path : all.toList()) {
                Path copy = target.resolve(source.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(path, copy);
                }
            }
        }
        Path weights = target.resolve("unet/diffusion_pytorch_model.safetensors");
        try (FileChannel file = FileChannel.open(weights, StandardOpenOption.WRITE)) {
            // Within the last two float32, or four float16, of the last tensor; without its highest
            // bit an exponent is never that of infinity.
            file.write(
                    ByteBuffer.wrap(new byte[] {(byte) change, (byte) ((change >> 8) & 0xBF)}),
                    file.size() - 8);
        }
        return target;
    }
}
