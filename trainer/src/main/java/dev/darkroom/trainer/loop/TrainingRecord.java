package dev.darkroom.trainer.loop;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.json.Json;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A stage's losses as a file that grows: one JSON object a line and a line a step, each written at
 * once, so that whatever kills the process leaves at most half a line behind.
 */
public final class TrainingRecord implements StageObserver, Closeable {
    /** The file's name in the stage's folder. */
    public static final String FILE = "record.jsonl";

    private final FileChannel file;
    private final double secondsBefore;

    /**
     * Goes on after a step: what the file says of later ones, which will be done again, is cut.
     *
     * @param resumedStep the steps that were done before: 0 at the beginning
     */
    public TrainingRecord(Path file, long resumedStep) {
        try {
            Kept kept = Files.exists(file) ? kept(file, resumedStep) : new Kept(List.of(), 0);
            this.file = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            this.file.truncate(kept.bytes());
            this.file.position(kept.bytes());
            this.secondsBefore =
                    kept.lines().isEmpty()
                            ? 0
                            : kept.lines().get(kept.lines().size() - 1).seconds();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A step.
     *
     * @param seconds that the stage had run, pauses between processes left out
     */
    public record Line(
            long step,
            double loss,
            double learningRate,
            double picturesPerSecond,
            double seconds,
            Map<String, Double> scalars) {}

    /** Every whole line of a record, also of one that is being written. */
    public static List<Line> read(Path file) {
        try {
            return kept(file, Long.MAX_VALUE).lines();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void step(StepReport report) {
        byte[] json =
                Json.write(
                        new Line(
                                report.step(),
                                report.loss(),
                                report.learningRate(),
                                report.examplesPerSecond(),
                                secondsBefore + report.elapsed().toNanos() / 1e9,
                                report.scalars()));
        ByteBuffer line = ByteBuffer.wrap(Arrays.copyOf(json, json.length + 1));
        line.put(json.length, (byte) '\n');
        try {
            while (line.hasRemaining()) {
                file.write(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lines up to a step, and where they end. */
    private record Kept(List<Line> lines, long bytes) {}

    private static Kept kept(Path file, long lastStep) throws IOException {
        byte[] all = Files.readAllBytes(file);
        List<Line> lines = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < all.length; i++) {
            if (all[i] == '\n') {
                Optional<Line> line = parse(Arrays.copyOfRange(all, from, i));
                if (line.isEmpty() || line.get().step() > lastStep) {
                    break;
                }
                lines.add(line.get());
                from = i + 1;
            }
        }
        return new Kept(lines, from);
    }

    /** Nothing of a line that a machine's failure left as zeros or rubbish. */
    private static Optional<Line> parse(byte[] json) {
        try {
            return Optional.of(Json.readTolerant(json, Line.class));
        } catch (DarkroomException e) {
            return Optional.empty();
        }
    }
}
