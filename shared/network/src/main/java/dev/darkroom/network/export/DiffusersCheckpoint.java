package dev.darkroom.network.export;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.checkpoint.WeightFile;
import dev.darkroom.network.clip.ClipTextConfiguration;
import dev.darkroom.network.clip.ClipTextGraph;
import dev.darkroom.network.nn.StageGraph;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.unet.UnetConfiguration;
import dev.darkroom.network.unet.UnetGraph;
import dev.darkroom.network.vae.VaeConfiguration;
import dev.darkroom.network.vae.VaeDecoderGraph;
import dev.darkroom.network.vae.VaeEncoderGraph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.tensorflow.exceptions.TensorFlowException;

/**
 * The networks of a Stable Diffusion checkpoint in the diffusers folder layout, opened and checked
 * as a whole: configurations, that they fit each other, and the name, shape and type of every
 * tensor. Values are checked as they are written.
 */
public final class DiffusersCheckpoint implements AutoCloseable {
    private static final String TEXT_ENCODER = "text_encoder";
    private static final String UNET = "unet";
    private static final String VAE = "vae";

    private final ClipTextConfiguration text;
    private final UnetConfiguration unet;
    private final VaeConfiguration vae;
    private final Map<Stage, StageGraph> graphs = new EnumMap<>(Stage.class);
    private final Map<Stage, List<ParameterSpec>> parameters = new EnumMap<>(Stage.class);
    private final Map<String, WeightFile> weights = new LinkedHashMap<>();

    private DiffusersCheckpoint(
            ClipTextConfiguration text, UnetConfiguration unet, VaeConfiguration vae) {
        this.text = text;
        this.unet = unet;
        this.vae = vae;
        graphs.put(Stage.TEXT_ENCODER, new ClipTextGraph(text));
        graphs.put(Stage.UNET, new UnetGraph(unet));
        graphs.put(Stage.VAE_DECODER, new VaeDecoderGraph(vae));
        graphs.put(Stage.VAE_ENCODER, new VaeEncoderGraph(vae));
    }

    /**
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming the file and the key or
     *     tensor
     */
    public static DiffusersCheckpoint open(Path folder) {
        TensorflowNatives.load();
        ConfigurationFile unetFile = ConfigurationFile.read(folder, UNET + "/config.json");
        DiffusersCheckpoint checkpoint =
                new DiffusersCheckpoint(
                        ClipTextConfiguration.of(
                                ConfigurationFile.read(folder, TEXT_ENCODER + "/config.json")),
                        UnetConfiguration.of(unetFile),
                        VaeConfiguration.of(ConfigurationFile.read(folder, VAE + "/config.json")));
        checkpoint.requireFit(unetFile);
        boolean opened = false;
        try {
            checkpoint.bind(folder);
            opened = true;
            return checkpoint;
        } finally {
            if (!opened) {
                checkpoint.close();
            }
        }
    }

    private void requireFit(ConfigurationFile unetFile) {
        if (unet.contextWidth() != text.width()) {
            throw unetFile.refuse(
                    "cross_attention_dim", "hidden_size " + text.width() + " of the text encoder");
        }
        for (String key : List.of("in_channels", "out_channels")) {
            int channels = key.startsWith("in") ? unet.inChannels() : unet.outChannels();
            if (channels != vae.latentChannels()) {
                throw unetFile.refuse(
                        key, "latent_channels " + vae.latentChannels() + " of the vae");
            }
        }
    }

    private void bind(Path folder) {
        graphs.forEach((stage, graph) -> parameters.put(stage, declared(graph)));
        open(folder, TEXT_ENCODER, "model", List.of(Stage.TEXT_ENCODER));
        open(folder, UNET, "diffusion_pytorch_model", List.of(Stage.UNET));
        open(folder, VAE, "diffusion_pytorch_model", List.of(Stage.VAE_DECODER, Stage.VAE_ENCODER));
    }

    private static List<ParameterSpec> declared(StageGraph graph) {
        try {
            return new SavedModelWriter(graph).parameters();
        } catch (IllegalArgumentException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_CHECKPOINT,
                    network(graph.stage()) + "/config.json: " + e.getMessage(),
                    e);
        }
    }

    private void open(Path folder, String network, String base, List<Stage> stages) {
        WeightFile file = WeightFile.open(folder, network, base);
        weights.put(network, file);
        List<ParameterSpec> specs = new ArrayList<>();
        stages.forEach(stage -> specs.addAll(parameters(stage)));
        // A buffer that older versions of transformers saved; it only counts upwards.
        Predicate<String> ignored =
                name -> network.equals(TEXT_ENCODER) && name.endsWith("embeddings.position_ids");
        file.bind(specs, ignored);
    }

    public UnetConfiguration unet() {
        return unet;
    }

    public VaeConfiguration vae() {
        return vae;
    }

    public ClipTextConfiguration text() {
        return text;
    }

    /** Number of parameters of a stage. */
    public long parameterCount(Stage stage) {
        return parameters(stage).stream().mapToLong(ParameterSpec::elements).sum();
    }

    /**
     * Writes a stage as a SavedModel.
     *
     * @param folder is made
     * @param written is told the number of parameters after each part of them
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} where a weight is not finite
     */
    public void export(Stage stage, Path folder, LongConsumer written) throws IOException {
        WeightFile file = weights.get(network(stage));
        StageGraph graph = graphs.get(stage);
        if (file == null || graph == null) {
            throw new IllegalStateException("closed");
        }
        try {
            new SavedModelWriter(graph).write(file, folder, written);
        } catch (TensorFlowException e) {
            // The file system refused what the saving operations wrote.
            throw new IOException(e);
        }
    }

    private List<ParameterSpec> parameters(Stage stage) {
        return parameters.getOrDefault(stage, List.of());
    }

    private static String network(Stage stage) {
        return switch (stage) {
            case TEXT_ENCODER -> TEXT_ENCODER;
            case UNET -> UNET;
            case VAE_DECODER, VAE_ENCODER -> VAE;
        };
    }

    @Override
    public void close() {
        weights.values().forEach(WeightFile::close);
        weights.clear();
    }
}
