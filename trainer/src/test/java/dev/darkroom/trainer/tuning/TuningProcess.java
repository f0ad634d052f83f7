package dev.darkroom.trainer.tuning;

import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.training.TrainingProgress;
import dev.darkroom.trainer.Doomed;
import dev.darkroom.trainer.evaluate.EvaluationAids;
import dev.darkroom.trainer.service.FineTuneOrder;
import dev.darkroom.trainer.service.FineTuneResult;
import dev.darkroom.trainer.service.FineTuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/**
 * A {@link FineTuner} in a process of its own, which tells {@code STAGE N}, {@code saved} and, at
 * its end, {@code measured} and what.
 *
 * <p>By its clock each step takes half a minute: there is a save at every third of a process.
 */
final class TuningProcess implements FineTuning.Observer {
    private final String last;
    private long now;

    private TuningProcess(String last) {
        this.last = last;
    }

    /** Arguments: the run's folder, the order, and what to tell last: it stands still then. */
    public static void main(String[] arguments) throws IOException {
        TuningProcess process = new TuningProcess(arguments[2]);
        FineTuneOrder order =
                Json.read(Files.readAllBytes(Path.of(arguments[1])), FineTuneOrder.class);
        FineTuneResult result =
                new FineTuner(EvaluationAids.NONE, InstantSource.system(), () -> process.now)
                        .run(order, Path.of(arguments[0]), process)
                        .orElseThrow();
        process.tell(
                "measured "
                        + List.of(
                                result.steps(),
                                result.losses(),
                                result.scores(),
                                result.parentScores()));
    }

    private void tell(String line) {
        Doomed.tell(line);
        if (line.equals(last)) {
            Doomed.standStill();
        }
    }

    @Override
    public void progressed(TrainingProgress progress) {
        now += Duration.ofSeconds(30).toNanos();
        tell(progress.stage() + " " + progress.step());
    }

    @Override
    public void saved() {
        tell("saved");
    }

    @Override
    public boolean isStopping() {
        return false;
    }
}
