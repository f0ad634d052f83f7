package dev.darkroom.standalone.command;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.trainer.loop.StageObserver;
import dev.darkroom.trainer.stage.Recipe;
import dev.darkroom.trainer.stage.RecipeRun;
import dev.darkroom.trainer.stage.RunFolder;
import dev.darkroom.trainer.stage.RunObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Makes a checkpoint from nothing, here in this process; Ctrl-C saves before it ends. */
final class RecipeTraining {
    /** A step of a large network and the saving after it. */
    private static final long PATIENCE_SECONDS = 300;

    private final Terminal terminal;
    private final Interruption interruption;

    RecipeTraining(Terminal terminal, Interruption interruption) {
        this.terminal = terminal;
        this.interruption = interruption;
    }

    /**
     * @throws DarkroomException {@link ErrorCode#INVALID_REQUEST} also where another process runs
     *     in the folder
     */
    int run(Path recipeFile, Path dataFolder, Path folder) {
        Recipe recipe = Recipe.read(recipeFile);
        AtomicBoolean stopping = new AtomicBoolean();
        CountDownLatch stopped = new CountDownLatch(1);
        interruption.guard(
                () -> {
                    stopping.set(true);
                    if (!stopped.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                        terminal.say("darkroom: ended without a save");
                    }
                });
        interruption.tell("Interrupted: saving. The same command goes on from there.");
        try (RunFolder held = RunFolder.take(folder);
                RunObserver seen = new RunObserver(folder, Clock.systemUTC())) {
            Recipe.Data data = recipe.data(dataFolder, folder.resolve("pictures"));
            RecipeRun run =
                    new RecipeRun(
                            held,
                            recipe,
                            data,
                            StageObserver.all(List.of(seen, terminal.stages())),
                            System::nanoTime);
            if (!run.run(stopping::get)) {
                return ExitCode.FAILURE;
            }
            terminal.print(run.checkpoint().toString());
            return ExitCode.OK;
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.RESOURCE_EXHAUSTED, "cannot write into " + folder + ": " + e, e);
        } finally {
            stopped.countDown();
        }
    }
}
