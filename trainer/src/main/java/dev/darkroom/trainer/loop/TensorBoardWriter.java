package dev.darkroom.trainer.loop;

import com.google.protobuf.ByteString;
import dev.darkroom.diffusion.picture.PngImage;
import dev.darkroom.diffusion.pipeline.RgbImage;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.SessionLog;
import org.tensorflow.proto.Summary;

/**
 * What a stage tells, as event files for TensorBoard; a folder for each stage, which TensorBoard
 * shows as a run of its own.
 *
 * <p>Every process that goes on with a stage starts a file of its own. Its first words tell
 * TensorBoard from which step on what earlier files say no longer counts.
 */
public final class TensorBoardWriter implements StageObserver, Closeable {
    private static final Duration FLUSH_EVERY = Duration.ofSeconds(5);

    private final InstantSource clock;
    private final TfRecordWriter file;
    private Instant flushed;

    /**
     * @param folder of the stage's event files; made where there is none
     * @param resumedStep the steps that were done before: 0 at the beginning
     */
    public TensorBoardWriter(Path folder, long resumedStep, InstantSource clock) {
        this.clock = clock;
        this.flushed = clock.instant();
        try {
            Files.createDirectories(folder);
            this.file = new TfRecordWriter(next(folder, flushed.getEpochSecond()));
            write(event(0).setFileVersion("brain.Event:2"));
            write(
                    event(resumedStep + 1)
                            .setSessionLog(
                                    SessionLog.newBuilder()
                                            .setStatus(SessionLog.SessionStatus.START)));
            file.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void step(StepReport report) {
        Summary.Builder summary = Summary.newBuilder();
        scalar(summary, "loss", report.loss());
        scalar(summary, "learningRate", report.learningRate());
        scalar(summary, "picturesPerSecond", report.examplesPerSecond());
        report.scalars().forEach((name, value) -> scalar(summary, name, value));
        write(event(report.step()).setSummary(summary));
        Instant now = clock.instant();
        if (Duration.between(flushed, now).compareTo(FLUSH_EVERY) >= 0) {
            flush();
            flushed = now;
        }
    }

    @Override
    public void samples(String stage, long step, RgbImage grid) {
        Summary.Image image =
                Summary.Image.newBuilder()
                        .setWidth(grid.width())
                        .setHeight(grid.height())
                        .setColorspace(3)
                        .setEncodedImageString(ByteString.copyFrom(PngImage.encode(grid)))
                        .build();
        write(
                event(step)
                        .setSummary(
                                Summary.newBuilder()
                                        .addValue(
                                                Summary.Value.newBuilder()
                                                        .setTag("samples")
                                                        .setImage(image))));
        flush();
    }

    @Override
    public void finished(String stage, long step) {
        flush();
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** TensorBoard reads a folder's files in the order of their names. */
    private static Path next(Path folder, long second) {
        int number = 0;
        while (true) {
            Path file =
                    folder.resolve("events.out.tfevents.%010d.%04d".formatted(second, number++));
            if (Files.notExists(file)) {
                return file;
            }
        }
    }

    private static void scalar(Summary.Builder summary, String tag, double value) {
        summary.addValue(Summary.Value.newBuilder().setTag(tag).setSimpleValue((float) value));
    }

    private Event.Builder event(long step) {
        Instant now = clock.instant();
        return Event.newBuilder()
                .setWallTime(now.getEpochSecond() + now.getNano() / 1e9)
                .setStep(step);
    }

    private void write(Event.Builder event) {
        try {
            file.write(event.build().toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void flush() {
        try {
            file.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
