package dev.darkroom.trainer.stage;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.diffusion.pipeline.RgbImage;
import dev.darkroom.trainer.loop.StageObserver;
import dev.darkroom.trainer.loop.StepReport;
import dev.darkroom.trainer.loop.TensorBoardWriter;
import dev.darkroom.trainer.loop.TrainingRecord;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Writes what is seen of a run into its folder: in each stage's own the record of its steps and
 * event files for TensorBoard, in {@code samples} the grids.
 */
public final class RunObserver implements StageObserver, Closeable {
    private static final String TENSORBOARD = "tensorboard";
    private static final String SAMPLES = "samples";

    private final Path folder;
    private final InstantSource clock;
    private final Map<String, Writers> writers = new HashMap<>();

    private record Writers(TrainingRecord record, TensorBoardWriter board) {}

    /**
     * @param folder of the run
     */
    public RunObserver(Path folder, InstantSource clock) {
        this.folder = folder;
        this.clock = clock;
    }

    /** The record of a stage's steps. */
    public static Path record(Path folder, String stage) {
        return folder.resolve(stage).resolve(TrainingRecord.FILE);
    }

    @Override
    public void step(StepReport report) {
        Writers each = writers(report.stage(), report.step() - 1);
        each.record().step(report);
        each.board().step(report);
    }

    private Writers writers(String stage, long resumedStep) {
        return writers.computeIfAbsent(stage, name -> open(name, resumedStep));
    }

    private Writers open(String stage, long resumedStep) {
        try {
            Path events = folder.resolve(TENSORBOARD).resolve(stage);
            Files.createDirectories(events);
            return new Writers(
                    new TrainingRecord(record(folder, stage), resumedStep),
                    new TensorBoardWriter(events, resumedStep, clock));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private DarkroomException unwritable(IOException e) {
        return new DarkroomException(
                ErrorCode.RESOURCE_EXHAUSTED, "cannot write into " + folder + ": " + e, e);
    }

    @Override
    public void samples(String stage, long step, RgbImage grid) {
        try {
            Path samples = Files.createDirectories(folder.resolve(SAMPLES));
            Files.write(
                    samples.resolve(String.format(Locale.ROOT, "%s-%07d.png", stage, step)),
                    PngImage.encode(grid));
        } catch (IOException e) {
            throw unwritable(e);
        }
        writers(stage, step - 1).board().samples(stage, step, grid);
    }

    @Override
    public void finished(String stage, long step) {
        Writers each = writers(stage, step);
        each.record().finished(stage, step);
        each.board().finished(stage, step);
    }

    @Override
    public void close() throws IOException {
        for (Writers each : writers.values()) {
            each.record().close();
            each.board().close();
        }
        writers.clear();
    }
}
