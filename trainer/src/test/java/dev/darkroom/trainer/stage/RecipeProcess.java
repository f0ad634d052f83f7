package dev.darkroom.trainer.stage;

import dev.darkroom.trainer.Doomed;
import dev.darkroom.trainer.loop.StageObserver;
import dev.darkroom.trainer.loop.StepReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/**
 * A {@link RecipeRun} in a process of its own, which tells {@code step STAGE N}, {@code saved STAGE
 * N}, {@code finished STAGE N} and, after each batch of latents but the last, {@code encoded}.
 *
 * <p>By its clock each step takes half a minute: there is a save at every third of a process.
 */
final class RecipeProcess implements StageObserver {
    private final String last;
    private long now;
    private boolean stepping;

    private RecipeProcess(String last) {
        this.last = last;
    }

    /** Arguments: the run's folder, the recipe, and what to tell last: it stands still then. */
    public static void main(String[] arguments) throws IOException {
        RecipeProcess process = new RecipeProcess(arguments[2]);
        try (RunFolder held = RunFolder.take(Path.of(arguments[0]));
                RunObserver seen = new RunObserver(held.path(), InstantSource.system())) {
            new RecipeRun(
                            held,
                            Recipe.read(Path.of(arguments[1])),
                            ShortRecipe.data(),
                            StageObserver.all(List.of(seen, process)),
                            () -> process.now)
                    .run(process::isToStop);
        }
    }

    private void tell(String line) {
        Doomed.tell(line);
        if (line.equals(last)) {
            Doomed.standStill();
        }
    }

    private boolean isToStop() {
        if (!stepping) {
            tell("encoded");
        }
        return false;
    }

    @Override
    public void step(StepReport report) {
        stepping = true;
        now += Duration.ofSeconds(30).toNanos();
        tell("step " + report.stage() + " " + report.step());
    }

    @Override
    public void saved(String stage, long step) {
        tell("saved " + stage + " " + step);
    }

    @Override
    public void finished(String stage, long step) {
        stepping = false;
        tell("finished " + stage + " " + step);
    }
}
