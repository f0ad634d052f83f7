package dev.darkroom.trainer.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingRecordTest {
    @TempDir Path folder;

    @Test
    void keepsEveryStep() {
        write(0, 1, 3);

        List<TrainingRecord.Line> lines = TrainingRecord.read(file());

        assertThat(lines).extracting(TrainingRecord.Line::step).containsExactly(1L, 2L, 3L);
        assertThat(lines.get(1).loss()).isEqualTo(0.5);
        assertThat(lines.get(1).scalars()).containsEntry("gradientNorm", 0.2);
        assertThat(lines.get(1).learningRate()).isEqualTo(1e-3);
        assertThat(lines.get(1).picturesPerSecond()).isEqualTo(64);
    }

    @Test
    void cutsWhatWillBeDoneAgain() {
        write(0, 1, 9);
        write(5, 6, 7);

        assertThat(steps()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    }

    @Test
    void addsUpTheTimeOfAllProcesses() {
        write(0, 1, 9);
        try (TrainingRecord record = new TrainingRecord(file(), 5)) {
            record.step(Reports.at(6));
        }

        assertThat(TrainingRecord.read(file()).get(5).seconds()).isEqualTo(5 + 6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"step\":4,\"lo", "{\"step\":4}\n", "\0\0\0\n{}", "{\"step\":4"})
    void survivesALineThatWasBrokenOff(String torn) throws IOException {
        write(0, 1, 3);
        Files.writeString(file(), torn, StandardOpenOption.APPEND);

        assertThat(steps()).containsExactly(1L, 2L, 3L);
        write(3, 4, 5);
        assertThat(steps()).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void recordsALossThatIsNoNumber() {
        try (TrainingRecord record = new TrainingRecord(file(), 0)) {
            record.step(Reports.at(1, Double.NaN));
            record.step(Reports.at(2, Double.POSITIVE_INFINITY));
        }

        assertThat(TrainingRecord.read(file()))
                .extracting(TrainingRecord.Line::loss)
                .containsExactly(Double.NaN, Double.POSITIVE_INFINITY);
    }

    @Test
    void canBeReadWhileItIsWritten() {
        try (TrainingRecord record = new TrainingRecord(file(), 0)) {
            record.step(Reports.at(1));

            assertThat(steps()).containsExactly(1L);
        }
    }

    private void write(long resumed, long from, long to) {
        try (TrainingRecord record = new TrainingRecord(file(), resumed)) {
            LongStream.rangeClosed(from, to).forEach(step -> record.step(Reports.at(step)));
        }
    }

    private List<Long> steps() {
        return TrainingRecord.read(file()).stream().map(TrainingRecord.Line::step).toList();
    }

    private Path file() {
        return folder.resolve(TrainingRecord.FILE);
    }
}
