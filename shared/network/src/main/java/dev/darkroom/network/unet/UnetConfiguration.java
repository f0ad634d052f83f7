package dev.darkroom.network.unet;

import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code UNet2DConditionModel} of diffusers, with its defaults.
 *
 * @param levels from the finest; each is one down block and one up block
 * @param timeWidth channels of the time embedding
 * @param downsampleBefore zeros above and left of a downsampling convolution: 1 or 0
 * @param linearProjection whether transformers project by matrices; else by 1x1 convolutions, which
 *     differ in nothing but the file
 * @param efficient whether this is the variant of Saharia et al. 2022 (arXiv:2205.11487, appendix
 *     B): every level, the finest too, halves before its down block and doubles after its up block,
 *     and skip connections are scaled by 1/sqrt(2). With more {@code layers_per_block} at coarse
 *     levels its parameters sit where they cost least
 */
public record UnetConfiguration(
        int inChannels,
        int outChannels,
        int nativeHeight,
        int nativeWidth,
        List<Level> levels,
        MidBlock midBlock,
        int groups,
        double epsilon,
        Activation activation,
        int contextWidth,
        int timeWidth,
        boolean cosineFirst,
        int frequencyShift,
        Optional<Activation> timeOutputActivation,
        Optional<Activation> timeActivation,
        boolean scaleShift,
        double midScale,
        int downsampleBefore,
        int convInKernel,
        int convOutKernel,
        boolean centerInput,
        boolean linearProjection,
        boolean efficient) {
    /** The name of the variant in {@code _class_name}; diffusers has no such class. */
    public static final String EFFICIENT = "EfficientUNet2DConditionModel";

    private static final Map<String, Activation> ACTIVATIONS =
            Map.of(
                    "silu", Activation.SILU,
                    "swish", Activation.SILU,
                    "mish", Activation.MISH,
                    "gelu", Activation.GELU,
                    "relu", Activation.RELU);
    private static final Map<String, Boolean> DOWN_BLOCKS =
            Map.of(
                    "CrossAttnDownBlock2D", true,
                    "DownBlock2D", false,
                    "UNetResCrossAttnDownBlock2D", true,
                    "UNetResDownBlock2D", false);
    private static final Map<String, Boolean> UP_BLOCKS =
            Map.of(
                    "CrossAttnUpBlock2D", true,
                    "UpBlock2D", false,
                    "UNetResCrossAttnUpBlock2D", true,
                    "UNetResUpBlock2D", false);
    private static final int MAX_LEVELS = 8;

    /**
     * @param layers residual blocks of the down block; the up block has one more
     * @param transformers transformer blocks after each residual block
     * @param contextOnly whether self attention looks at the text instead
     */
    public record Level(
            int channels,
            int layers,
            boolean downAttention,
            boolean upAttention,
            int heads,
            int transformers,
            boolean contextOnly) {}

    /** What stands between the last down block and the first up block. */
    public enum MidBlock {
        CROSS_ATTENTION,
        /** One residual block. */
        RESIDUAL,
        NONE
    }

    public UnetConfiguration {
        levels = List.copyOf(levels);
    }

    public static UnetConfiguration of(ConfigurationFile file) {
        refuseUnsupported(file);
        List<Integer> channels =
                file.integers("block_out_channels", List.of(320, 640, 1280, 1280), 2, 1 << 16);
        int size = channels.size();
        if (size < 1 || size > MAX_LEVELS) {
            throw file.refuse("block_out_channels", "1.." + MAX_LEVELS + " levels");
        }
        if (channels.get(0) % 2 != 0) {
            throw file.refuse("block_out_channels", "an even first level");
        }
        List<Level> levels = levels(file, channels);
        List<Integer> sample = sampleSize(file);
        int timeWidth =
                file.has("time_embedding_dim")
                        ? file.integer("time_embedding_dim", 0, 1, 1 << 18)
                        : 4 * channels.get(0);
        return new UnetConfiguration(
                file.integer("in_channels", 4, 1, 1 << 10),
                file.integer("out_channels", 4, 1, 1 << 10),
                sample.get(0),
                sample.get(1),
                levels,
                midBlock(file),
                file.integer("norm_num_groups", 32, 1, 1 << 16),
                file.number("norm_eps", 1e-5, 0, 1),
                activation(file, "act_fn").orElse(Activation.SILU),
                contextWidth(file, size),
                timeWidth,
                file.flag("flip_sin_to_cos", true),
                file.integer("freq_shift", 0, 0, channels.get(0) / 2 - 1),
                activation(file, "timestep_post_act"),
                activation(file, "time_embedding_act_fn"),
                file.choice(
                        "resnet_time_scale_shift",
                        "default",
                        Map.of("default", false, "scale_shift", true)),
                file.number("mid_block_scale_factor", 1, 1e-6, 1e6),
                file.integer("downsample_padding", 1, 0, 1),
                oddKernel(file, "conv_in_kernel"),
                oddKernel(file, "conv_out_kernel"),
                file.flag("center_input_sample", false),
                file.flag("use_linear_projection", false),
                isEfficient(file));
    }

    /** The finest level with attention, 0 being the finest; empty where no level has any. */
    public Optional<Integer> finestAttentionLevel() {
        for (int i = 0; i < levels.size(); i++) {
            if (levels.get(i).downAttention() || levels.get(i).upAttention()) {
                return Optional.of(i);
            }
        }
        return midBlock == MidBlock.CROSS_ATTENTION
                ? Optional.of(levels.size() - 1)
                : Optional.empty();
    }

    /** Latents per place of a level's feature maps, each way. */
    public int downscale(int level) {
        return 1 << (efficient ? level + 1 : level);
    }

    private static boolean isEfficient(ConfigurationFile file) {
        return file.choice(
                "_class_name",
                "UNet2DConditionModel",
                Map.of("UNet2DConditionModel", false, EFFICIENT, true));
    }

    private static void refuseUnsupported(ConfigurationFile file) {
        for (String key :
                List.of(
                        "num_attention_heads",
                        "reverse_transformer_layers_per_block",
                        "encoder_hid_dim",
                        "encoder_hid_dim_type",
                        "class_embed_type",
                        "num_class_embeds",
                        "addition_embed_type",
                        "time_cond_proj_dim")) {
            file.requireNull(key);
        }
        for (String key : List.of("dual_cross_attention", "class_embeddings_concat")) {
            if (file.flag(key, false)) {
                throw file.refuse(key, "false");
            }
        }
        isEfficient(file);
        file.choice("attention_type", "default", Map.of("default", true));
        file.choice("time_embedding_type", "positional", Map.of("positional", true));
    }

    private static List<Level> levels(ConfigurationFile file, List<Integer> channels) {
        int size = channels.size();
        List<Boolean> down =
                blocks(
                        file,
                        "down_block_types",
                        List.of(
                                "CrossAttnDownBlock2D",
                                "CrossAttnDownBlock2D",
                                "CrossAttnDownBlock2D",
                                "DownBlock2D"),
                        DOWN_BLOCKS,
                        size);
        List<Boolean> up =
                blocks(
                        file,
                        "up_block_types",
                        List.of(
                                "UpBlock2D",
                                "CrossAttnUpBlock2D",
                                "CrossAttnUpBlock2D",
                                "CrossAttnUpBlock2D"),
                        UP_BLOCKS,
                        size);
        List<Integer> layers = file.perLevel("layers_per_block", 2, size, 1, 16);
        List<Integer> heads = file.perLevel("attention_head_dim", 8, size, 1, 1 << 10);
        List<Integer> transformers = file.perLevel("transformer_layers_per_block", 1, size, 1, 32);
        List<Boolean> contextOnly = file.flagPerLevel("only_cross_attention", false, size);
        List<Level> levels = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            if (channels.get(i) < heads.get(i)) {
                throw file.refuse(
                        "attention_head_dim",
                        "a number of heads, at most the " + channels.get(i) + " channels");
            }
            levels.add(
                    new Level(
                            channels.get(i),
                            layers.get(i),
                            down.get(i),
                            up.get(size - 1 - i),
                            heads.get(i),
                            transformers.get(i),
                            contextOnly.get(i)));
        }
        return levels;
    }

    private static List<Boolean> blocks(
            ConfigurationFile file,
            String key,
            List<String> fallback,
            Map<String, Boolean> supported,
            int size) {
        List<String> names = file.texts(key, fallback);
        if (names.size() != size || !supported.keySet().containsAll(names)) {
            throw file.refuse(
                    key,
                    size
                            + " of "
                            + String.join(", ", supported.keySet().stream().sorted().toList()));
        }
        return names.stream().map(supported::get).toList();
    }

    private static MidBlock midBlock(ConfigurationFile file) {
        if (file.tree().has("mid_block_type") && !file.has("mid_block_type")) {
            return MidBlock.NONE;
        }
        return file.choice(
                "mid_block_type",
                "UNetMidBlock2DCrossAttn",
                Map.of(
                        "UNetMidBlock2DCrossAttn", MidBlock.CROSS_ATTENTION,
                        "UNetMidBlock2D", MidBlock.RESIDUAL));
    }

    private static int contextWidth(ConfigurationFile file, int size) {
        List<Integer> widths = file.perLevel("cross_attention_dim", 1280, size, 1, 1 << 16);
        if (widths.stream().distinct().count() != 1) {
            throw file.refuse("cross_attention_dim", "the same width at every level");
        }
        return widths.get(0);
    }

    private static Optional<Activation> activation(ConfigurationFile file, String key) {
        return file.has(key) ? Optional.of(file.choice(key, "", ACTIVATIONS)) : Optional.empty();
    }

    private static int oddKernel(ConfigurationFile file, String key) {
        int kernel = file.integer(key, 3, 1, 31);
        if (kernel % 2 == 0) {
            throw file.refuse(key, "an odd size");
        }
        return kernel;
    }

    private static List<Integer> sampleSize(ConfigurationFile file) {
        List<Integer> size = file.perLevel("sample_size", 0, 2, 1, 1 << 12);
        if (size.get(0) == 0) {
            throw file.refuse("sample_size", "an integer, or [height, width]");
        }
        return size;
    }
}
