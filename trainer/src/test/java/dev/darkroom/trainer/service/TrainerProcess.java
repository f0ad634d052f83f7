package dev.darkroom.trainer.service;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.testing.EmbeddedStack;
import dev.darkroom.trainer.Doomed;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/** A trainer in a process of its own, which counts to three of six and waits to be killed. */
final class TrainerProcess {
    private TrainerProcess() {}

    static Doomed start(ModelName model, Path work) throws IOException {
        return Doomed.start(
                TrainerProcess.class,
                List.of(
                        EmbeddedStack.shared().bootstrapServers(),
                        EmbeddedStack.shared().storeEndpoint().toString(),
                        model.value(),
                        work.toString()));
    }

    /** Arguments: bootstrap servers, store endpoint, model, folder of the trainer. */
    public static void main(String[] arguments) {
        Path work = Path.of(arguments[3]);
        SteppedTraining training = new SteppedTraining(6, 3);
        new Trainer(
                        Pool.open(arguments[0], URI.create(arguments[1])),
                        Pool.options(
                                "killed",
                                work,
                                work.resolveSibling("killed-cache"),
                                new ModelName(arguments[2])),
                        training,
                        Clock.systemUTC())
                .start();
        training.awaitSteps(3);
        training.numbers().forEach(number -> Doomed.tell(number.toString()));
        Doomed.standStill();
    }
}
