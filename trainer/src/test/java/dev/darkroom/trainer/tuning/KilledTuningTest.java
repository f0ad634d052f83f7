package dev.darkroom.trainer.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.contract.json.Json;
import dev.darkroom.trainer.Doomed;
import dev.darkroom.trainer.loop.TrainingRecord;
import dev.darkroom.trainer.service.FineTuneOrder;
import dev.darkroom.trainer.stage.RunObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fine-tuning whose process is killed with SIGKILL, while it saves too. */
class KilledTuningTest {
    private static final int STEPS = 4;
    private static final String NOWHERE = "";

    @TempDir Path folder = Path.of("");
    private Sneakers sneakers;

    @BeforeEach
    void open() throws IOException {
        sneakers = new Sneakers(folder);
        sneakers.put(12);
    }

    @Test
    void goesOnFromTheLastSaveWithAllOfTheNetworks() throws IOException {
        Path order = write(sneakers.order(Optional.empty(), true, STEPS));
        Path run = folder.resolve("killed/run");
        int late = 0;
        Path scratch = folder.resolve("killed/scratch");
        try (Doomed process = start(run, order, NOWHERE)) {
            process.killWhen(() -> isMakingOne(scratch));
            assertThat(process.lines()).isEmpty();
        }
        assertThat(isMakingOne(scratch)).isTrue();
        while (!killInASave(run, order)) {
            // Met too late: there is no step left to make again.
            Files.move(run, run.resolveSibling("late-" + late++));
        }
        assertThat(isMakingOne(scratch)).as("what a killed process left").isFalse();
        endsAsIfItHadNotBeenKilled(run, order);
    }

    @Test
    void goesOnFromTheLastSaveWithAdapters() throws IOException {
        Path order = write(sneakers.order(Optional.of(2), true, STEPS));
        Path run = folder.resolve("killed/run");
        try (Doomed process = start(run, order, "unet 4")) {
            process.await("unet 4");
            process.kill();
            assertThat(process.lines()).endsWith("unet 3", "saved", "unet 4");
        }
        endsAsIfItHadNotBeenKilled(run, order);
    }

    private static boolean killInASave(Path run, Path order) throws IOException {
        Path draft = run.resolve("unet/.state.safetensors.part");
        try (Doomed process = start(run, order, NOWHERE)) {
            process.await("saved");
            process.killWhen(() -> Files.exists(draft));
            assertThat(process.told("unet ")).containsExactly("1", "2", "3", "4");
        }
        return Files.exists(draft);
    }

    private void endsAsIfItHadNotBeenKilled(Path run, Path order) throws IOException {
        try (Doomed process = start(run, order, NOWHERE)) {
            process.killWhen(() -> Files.exists(run.resolve("checkpoint-part")));
            assertThat(process.told("unet ")).containsExactly("4");
            assertThat(process.told("measured ")).isEmpty();
        }
        List<String> measured;
        try (Doomed process = start(run, order, NOWHERE)) {
            process.awaitEnd();
            assertThat(process.told("unet ")).isEmpty();
            measured = process.told("measured ");
        }
        Path whole = folder.resolve("whole/run");
        try (Doomed process = start(whole, order, NOWHERE)) {
            process.awaitEnd();
            assertThat(process.told("measured ")).isEqualTo(measured).hasSize(1);
        }
        for (String made : List.of("checkpoint", "report")) {
            if (Files.exists(whole.resolve(made))) {
                assertThat(Doomed.files(run.resolve(made)))
                        .isEqualTo(Doomed.files(whole.resolve(made)));
            }
        }
        assertThat(TrainingRecord.read(RunObserver.record(run, "unet")))
                .extracting(TrainingRecord.Line::step)
                .containsExactly(1L, 2L, 3L, 4L);
    }

    private Path write(FineTuneOrder order) throws IOException {
        return Files.write(folder.resolve("order.json"), Json.write(order));
    }

    private static Doomed start(Path run, Path order, String last) throws IOException {
        return Doomed.start(TuningProcess.class, List.of(run.toString(), order.toString(), last));
    }

    /** Whether the parent's folder is in the making, or was when the process was killed. */
    private static boolean isMakingOne(Path scratch) {
        if (Files.notExists(scratch)) {
            return false;
        }
        try (Stream<Path> all = Files.list(scratch)) {
            return all.anyMatch(path -> path.getFileName().toString().startsWith(".making-"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
