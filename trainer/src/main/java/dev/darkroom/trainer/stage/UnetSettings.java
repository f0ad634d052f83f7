package dev.darkroom.trainer.stage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.network.parameter.Lora;
import dev.darkroom.trainer.graph.OptimizerOptions;
import dev.darkroom.trainer.loop.LearningRate;
import dev.darkroom.trainer.loop.TrainingLoop;
import java.util.List;
import java.util.Optional;

/**
 * Settings of {@link UnetStage}.
 *
 * @param network the {@code config.json} of diffusers' {@code UNet2DConditionModel}
 * @param averageDecay highest decay of the moving average that becomes the checkpoint
 * @param captionDropout share of pictures whose caption is left out, so that the network learns
 *     what guidance is measured from (Ho and Salimans 2022, arXiv:2207.12598)
 * @param snrGamma the signal-to-noise ratio above which a timestep weighs no more (Hang et al.
 *     2023, arXiv:2303.09556); 0 weighs all errors alike
 * @param trainText whether the text encoder learns along
 * @param lora adapters that are trained in place of the network's own matrices
 * @param measured questions about noise that each measurement asks on the validation set, of each
 *     size of picture as many as it has a share of the pictures
 * @param shown prompts that pictures are made of at each measurement
 * @param guidanceScale of those pictures
 * @param samplingSteps of those pictures
 */
public record UnetSettings(
        JsonNode network,
        OptimizerOptions optimizer,
        double averageDecay,
        LearningRate learningRate,
        TrainingLoop.Options loop,
        double captionDropout,
        double snrGamma,
        boolean trainText,
        Optional<Lora> lora,
        int measured,
        List<String> shown,
        double guidanceScale,
        int samplingSteps) {
    public UnetSettings {
        shown = List.copyOf(shown);
        if (!(captionDropout >= 0 && captionDropout <= 1)) {
            throw new IllegalArgumentException(
                    "captionDropout is " + captionDropout + ", must be 0..1");
        }
        if (!(snrGamma >= 0)) {
            throw new IllegalArgumentException("snrGamma is " + snrGamma + ", must be 0 or more");
        }
        if (measured < 1 || samplingSteps < 1) {
            throw new IllegalArgumentException(
                    "measured over " + measured + " records, shown after " + samplingSteps);
        }
    }
}
