package dev.darkroom.trainer.stage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.trainer.graph.OptimizerOptions;
import dev.darkroom.trainer.graph.VaeLoss;
import dev.darkroom.trainer.loop.LearningRate;
import dev.darkroom.trainer.loop.TrainingLoop;

/**
 * Settings of {@link VaeStage}.
 *
 * @param network the {@code config.json} of diffusers' {@code AutoencoderKL}, without a scaling
 *     factor: that is measured
 * @param averageDecay of the moving average that becomes the checkpoint
 * @param measured pictures of the validation set, from its first, that each measurement is over
 * @param scaled draws of training pictures that the scaling factor is measured over
 */
public record VaeSettings(
        JsonNode network,
        VaeLoss loss,
        OptimizerOptions optimizer,
        double averageDecay,
        LearningRate learningRate,
        TrainingLoop.Options loop,
        int measured,
        int scaled) {
    public VaeSettings {
        if (measured < 1 || scaled < 1) {
            throw new IllegalArgumentException(
                    "measured over "
                            + measured
                            + " and scaled over "
                            + scaled
                            + " pictures, must be positive");
        }
    }
}
