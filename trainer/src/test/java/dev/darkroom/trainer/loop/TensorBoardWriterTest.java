package dev.darkroom.trainer.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.diffusion.pipeline.RgbImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.SessionLog;
import org.tensorflow.proto.Summary;

class TensorBoardWriterTest {
    private static final Instant START = Instant.parse("2026-01-31T12:00:00.5Z");

    @TempDir Path folder;

    /** CRC-32C of RFC 3720 B.4 for 32 zeros is 0x8a9136aa; masked by hand. */
    @Test
    void masksTheChecksum() {
        assertThat(TfRecordWriter.maskedCrc(new byte[32]))
                .isEqualTo(((0x8a9136aa >>> 15) | (0x8a9136aa << 17)) + 0xa282ead8);
    }

    @Test
    void writesScalarsAndPictures() throws IOException {
        try (TensorBoardWriter writer = writer(0)) {
            writer.step(Reports.at(4));
            writer.samples(Reports.STAGE, 4, picture());
        }

        List<Event> events = events(files().get(0));
        assertThat(events.get(0).getFileVersion()).isEqualTo("brain.Event:2");
        assertThat(events.get(0).getWallTime()).isEqualTo(START.getEpochSecond() + 0.5);
        Event scalars = events.get(2);
        assertThat(scalars.getStep()).isEqualTo(4);
        assertThat(scalars.getSummary().getValueList())
                .extracting(Summary.Value::getTag)
                .containsExactly("loss", "learningRate", "picturesPerSecond", "gradientNorm");
        assertThat(scalars.getSummary().getValue(0).getSimpleValue()).isEqualTo(0.25f);
        Summary.Image image = events.get(3).getSummary().getValue(0).getImage();
        assertThat(image.getWidth()).isEqualTo(2);
        assertThat(
                        ImageIO.read(
                                        new ByteArrayInputStream(
                                                image.getEncodedImageString().toByteArray()))
                                .getRGB(1, 0))
                .isEqualTo(0xff040506);
    }

    @Test
    void tellsAtAResumeWhatNoLongerCounts() throws IOException {
        for (long resumed : new long[] {0, 5}) {
            try (TensorBoardWriter writer = writer(resumed)) {
                for (long step = resumed + 1; step <= 9; step++) {
                    writer.step(Reports.at(step));
                }
            }
        }

        assertThat(files()).hasSize(2);
        Event second = events(files().get(1)).get(1);
        assertThat(second.getSessionLog().getStatus()).isEqualTo(SessionLog.SessionStatus.START);
        assertThat(second.getStep()).isEqualTo(6);
    }

    @Test
    void showsWhatItHasWhileItGoesOn() throws IOException {
        Instant[] now = {START};
        try (TensorBoardWriter writer = new TensorBoardWriter(folder, 0, () -> now[0])) {
            writer.step(Reports.at(1));
            now[0] = START.plusSeconds(5);
            writer.step(Reports.at(2));

            assertThat(events(files().get(0))).hasSize(4);
        }
    }

    /** As TensorBoard itself sees a resumed stage. */
    @Test
    void isReadByTensorBoard() throws IOException, InterruptedException {
        Path python = TensorBoardPython.find();
        tellsAtAResumeWhatNoLongerCounts();
        try (TensorBoardWriter writer = writer(9)) {
            writer.samples(Reports.STAGE, 9, picture());
        }

        String script =
                """
                import sys
                from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
                events = EventAccumulator(sys.argv[1])
                events.Reload()
                for e in events.Scalars("loss"): print(e.step, round(e.value, 4))
                for e in events.Images("samples"): print(e.step, e.width, e.height)
                """;
        Process process =
                new ProcessBuilder(python.toString(), "-c", script, folder.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isZero();
        assertThat(output.lines())
                .containsExactly(
                        "1 1.0",
                        "2 0.5",
                        "3 0.3333",
                        "4 0.25",
                        "5 0.2",
                        "6 0.1667",
                        "7 0.1429",
                        "8 0.125",
                        "9 0.1111",
                        "9 2 1");
    }

    private TensorBoardWriter writer(long resumed) {
        return new TensorBoardWriter(folder, resumed, InstantSource.fixed(START));
    }

    private static RgbImage picture() {
        return new RgbImage(2, 1, new byte[] {1, 2, 3, 4, 5, 6});
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    /** Reads the framing, with its checksums, by itself. */
    private static List<Event> events(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = new byte[8];
            in.get(length);
            assertThat(in.getInt()).isEqualTo(TfRecordWriter.maskedCrc(length));
            byte[] data =
                    new byte
                            [Math.toIntExact(
                                    ByteBuffer.wrap(length)
                                            .order(ByteOrder.LITTLE_ENDIAN)
                                            .getLong())];
            in.get(data);
            assertThat(in.getInt()).isEqualTo(TfRecordWriter.maskedCrc(data));
            events.add(Event.parseFrom(data));
        }
        return events;
    }
}
