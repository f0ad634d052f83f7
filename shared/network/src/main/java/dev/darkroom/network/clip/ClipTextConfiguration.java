package dev.darkroom.network.clip;

import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.nn.Activation;
import java.util.Map;

/**
 * {@code CLIPTextConfig} of transformers, with its defaults.
 *
 * @param legacyEnd whether the pooled embedding is the one of the largest token id: what {@code
 *     eos_token_id} 2 means, which was written by mistake and kept
 */
public record ClipTextConfiguration(
        int vocabulary,
        int width,
        int feedForward,
        int layers,
        int heads,
        int positions,
        Activation activation,
        double epsilon,
        int endToken,
        boolean legacyEnd) {
    static final Map<String, Activation> ACTIVATIONS =
            Map.of(
                    "quick_gelu", Activation.QUICK_GELU,
                    "gelu", Activation.GELU,
                    "gelu_new", Activation.GELU_TANH,
                    "gelu_pytorch_tanh", Activation.GELU_TANH,
                    "relu", Activation.RELU,
                    "silu", Activation.SILU,
                    "swish", Activation.SILU);

    public static ClipTextConfiguration of(ConfigurationFile file) {
        file.choice("model_type", "clip_text_model", Map.of("clip_text_model", true));
        int width = file.integer("hidden_size", 512, 1, 1 << 16);
        int heads = heads(file, 8, width);
        int endToken = file.integer("eos_token_id", 49407, 0, Integer.MAX_VALUE);
        return new ClipTextConfiguration(
                file.integer("vocab_size", 49408, 1, 1 << 24),
                width,
                file.integer("intermediate_size", 2048, 1, 1 << 18),
                file.integer("num_hidden_layers", 12, 1, 256),
                heads,
                file.integer("max_position_embeddings", 77, 1, 1 << 20),
                file.choice("hidden_act", "quick_gelu", ACTIVATIONS),
                file.number("layer_norm_eps", 1e-5, 0, 1),
                endToken,
                endToken == 2);
    }

    static int heads(ConfigurationFile file, int fallback, int width) {
        int heads = file.integer("num_attention_heads", fallback, 1, 1 << 10);
        if (width % heads != 0) {
            throw file.refuse("num_attention_heads", "a divisor of hidden_size " + width);
        }
        return heads;
    }
}
