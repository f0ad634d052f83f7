package dev.darkroom.network.clip;

import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.nn.Activation;
import java.util.Map;

/**
 * {@code CLIPVisionConfig} of transformers, with its defaults.
 *
 * @param imageSize pixels of a picture's side; pictures are square
 * @param patchSize pixels of a patch's side; what is left over at the right and below is not seen
 */
public record ClipVisionConfiguration(
        int width,
        int feedForward,
        int layers,
        int heads,
        int imageSize,
        int patchSize,
        Activation activation,
        double epsilon) {
    public ClipVisionConfiguration {
        if (heads < 1 || width % heads != 0) {
            throw new IllegalArgumentException(heads + " heads do not divide the width " + width);
        }
        if (patchSize < 1 || patchSize > imageSize) {
            throw new IllegalArgumentException(
                    "patch size is " + patchSize + ", must be 1.." + imageSize);
        }
    }

    public static ClipVisionConfiguration of(ConfigurationFile file) {
        file.choice("model_type", "clip_vision_model", Map.of("clip_vision_model", true));
        file.integer("num_channels", 3, 3, 3);
        int width = file.integer("hidden_size", 768, 1, 1 << 16);
        int imageSize = file.integer("image_size", 224, 1, 1 << 14);
        return new ClipVisionConfiguration(
                width,
                file.integer("intermediate_size", 3072, 1, 1 << 18),
                file.integer("num_hidden_layers", 12, 1, 256),
                ClipTextConfiguration.heads(file, 12, width),
                imageSize,
                file.integer("patch_size", 32, 1, imageSize),
                file.choice("hidden_act", "quick_gelu", ClipTextConfiguration.ACTIVATIONS),
                file.number("layer_norm_eps", 1e-5, 0, 1));
    }

    /** Patches of a picture. */
    public int patches() {
        int side = imageSize / patchSize;
        return side * side;
    }
}
