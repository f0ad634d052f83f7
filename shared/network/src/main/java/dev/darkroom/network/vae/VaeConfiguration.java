package dev.darkroom.network.vae;

import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.nn.Activation;
import java.util.List;
import java.util.Map;

/**
 * {@code AutoencoderKL} of diffusers, with its defaults.
 *
 * @param channels of each level, from the finest
 * @param layers residual blocks of an encoder level; a decoder level has one more
 * @param scalingFactor what the network's latents are multiplied by to have variance one
 */
public record VaeConfiguration(
        int inChannels,
        int outChannels,
        int latentChannels,
        List<Integer> channels,
        int layers,
        int groups,
        Activation activation,
        double scalingFactor,
        boolean quantConvolution,
        boolean postQuantConvolution,
        boolean midAttention) {
    private static final Map<String, Activation> ACTIVATIONS =
            Map.of(
                    "silu", Activation.SILU,
                    "swish", Activation.SILU,
                    "mish", Activation.MISH,
                    "gelu", Activation.GELU,
                    "relu", Activation.RELU);

    public VaeConfiguration {
        channels = List.copyOf(channels);
    }

    public static VaeConfiguration of(ConfigurationFile file) {
        file.choice("_class_name", "AutoencoderKL", Map.of("AutoencoderKL", true));
        List<Integer> channels = file.integers("block_out_channels", List.of(64), 1, 1 << 16);
        if (channels.isEmpty() || channels.size() > 8) {
            throw file.refuse("block_out_channels", "1..8 levels");
        }
        requireBlocks(file, "down_block_types", "DownEncoderBlock2D", channels.size());
        requireBlocks(file, "up_block_types", "UpDecoderBlock2D", channels.size());
        file.requireNull("latents_mean");
        file.requireNull("latents_std");
        // Stable Diffusion's pipeline in diffusers passes it over, others do not.
        if (file.has("shift_factor") && file.tree().get("shift_factor").asDouble(1) != 0) {
            throw file.refuse("shift_factor", "null or 0");
        }
        return new VaeConfiguration(
                pictureChannels(file, "in_channels"),
                pictureChannels(file, "out_channels"),
                file.integer("latent_channels", 4, 1, 1 << 10),
                channels,
                file.integer("layers_per_block", 1, 1, 64),
                file.integer("norm_num_groups", 32, 1, 1 << 16),
                file.choice("act_fn", "silu", ACTIVATIONS),
                file.number("scaling_factor", 0.18215, 1e-9, 1e9),
                file.flag("use_quant_conv", true),
                file.flag("use_post_quant_conv", true),
                file.flag("mid_block_add_attention", true));
    }

    private static int pictureChannels(ConfigurationFile file, String key) {
        int channels = file.integer(key, 3, 1, 1 << 10);
        if (channels != 3) {
            throw file.refuse(key, "3, as pictures are RGB");
        }
        return channels;
    }

    /** The same network, whose latents have another scale. */
    public VaeConfiguration withScalingFactor(double factor) {
        return new VaeConfiguration(
                inChannels,
                outChannels,
                latentChannels,
                channels,
                layers,
                groups,
                activation,
                factor,
                quantConvolution,
                postQuantConvolution,
                midAttention);
    }

    /** Pixels per latent, each way. */
    public int downscale() {
        return 1 << (channels.size() - 1);
    }

    private static void requireBlocks(ConfigurationFile file, String key, String kind, int levels) {
        List<String> names = file.texts(key, List.of(kind));
        if (names.size() != levels || !names.stream().allMatch(kind::equals)) {
            throw file.refuse(key, levels + " of " + kind);
        }
    }
}
