package dev.darkroom.trainer.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.training.TrainingRequest;
import dev.darkroom.network.export.DiffusersNetworks;
import dev.darkroom.network.parameter.Lora;
import dev.darkroom.trainer.graph.OptimizerOptions;
import dev.darkroom.trainer.loop.LearningRate;
import dev.darkroom.trainer.loop.TrainingLoop;
import dev.darkroom.trainer.stage.UnetSettings;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a request leaves open, chosen from the size of the network and of the data.
 *
 * @param settings of the UNet's stage
 * @param minutes of work after which it ends
 */
record TuningPlan(UnetSettings settings, Optional<Duration> minutes) {
    private static final int USUAL_STEPS = 500;
    private static final int BATCH = 16;

    /** Above it a batch's activations fill an ordinary machine: one picture at a time. */
    static final long LARGE = 100_000_000;

    private static final int LARGE_ACCUMULATION = 4;
    private static final double RATE = 1e-4;

    /**
     * Adapters begin at nothing and are few: they take a higher rate (Hu et al. 2021, table 11).
     */
    private static final double ADAPTER_RATE = 5e-4;

    private static final double WEIGHT_DECAY = 0.01;
    private static final double DROPOUT = 0.1;
    private static final double SNR_GAMMA = 5;
    private static final int MEASURED = 256;
    private static final int LARGE_MEASURED = 16;
    private static final int MEASUREMENTS = 10;

    /** With minutes only nobody knows how many steps there will be: the rate stays. */
    private static final long UNKNOWN_STEPS = TrainingRequest.MAX_STEPS;

    /**
     * @param pictures to train on
     * @param shown captions to make pictures of along the way
     */
    static TuningPlan of(
            TrainingRequest request,
            JsonNode network,
            DiffusersNetworks networks,
            int pictures,
            List<String> shown,
            double guidanceScale,
            int samplingSteps) {
        boolean large = networks.parameterCount(Stage.UNET) > LARGE;
        boolean timed = request.minutes().isPresent() && request.steps().isEmpty();
        long steps = timed ? UNKNOWN_STEPS : request.steps().orElse(USUAL_STEPS);
        int batch = Math.min(large ? 1 : BATCH, pictures);
        int accumulation = large ? LARGE_ACCUMULATION : 1;
        boolean text = request.textEncoder().orElse(false);
        Optional<Lora> lora = request.loraRank().map(rank -> lora(rank, text));
        double peak = request.learningRate().orElse(lora.isPresent() ? ADAPTER_RATE : RATE);
        UnetSettings settings =
                new UnetSettings(
                        network,
                        new OptimizerOptions(0.9, 0.999, 1e-8, WEIGHT_DECAY, 1, accumulation, true),
                        0.999,
                        new LearningRate(peak, Math.min(50, steps / 10), steps, timed ? 1 : 0),
                        new TrainingLoop.Options(
                                steps,
                                batch * accumulation,
                                Math.max(1, timed ? USUAL_STEPS : steps / MEASUREMENTS),
                                Duration.ofMinutes(1)),
                        DROPOUT,
                        SNR_GAMMA,
                        text,
                        lora,
                        large ? LARGE_MEASURED : MEASURED,
                        large ? List.of() : shown,
                        guidanceScale,
                        samplingSteps);
        return new TuningPlan(
                settings, request.minutes().map(minutes -> Duration.ofMinutes(minutes)));
    }

    private static Lora lora(int rank, boolean text) {
        Set<Lora.Target> targets = EnumSet.of(Lora.Target.UNET_ATTENTION);
        if (text) {
            targets.add(Lora.Target.TEXT_ATTENTION);
        }
        return new Lora(rank, rank, targets);
    }
}
