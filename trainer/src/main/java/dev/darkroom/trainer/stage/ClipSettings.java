package dev.darkroom.trainer.stage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.trainer.graph.OptimizerOptions;
import dev.darkroom.trainer.loop.LearningRate;
import dev.darkroom.trainer.loop.TrainingLoop;

/**
 * Settings of {@link ClipStage}.
 *
 * @param network the {@code config.json} of transformers' {@code CLIPModel}, without what the
 *     tokenizer says: size of the vocabulary, special tokens, positions
 * @param averageDecay of the moving average that becomes the checkpoint
 * @param measured pictures of the validation set, from its first, that each measurement is over
 */
public record ClipSettings(
        ObjectNode network,
        OptimizerOptions optimizer,
        double averageDecay,
        LearningRate learningRate,
        TrainingLoop.Options loop,
        int measured) {
    public ClipSettings {
        if (measured < 1) {
            throw new IllegalArgumentException(
                    "measured over " + measured + " pictures, must be positive");
        }
    }
}
