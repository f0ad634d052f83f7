package dev.darkroom.network.export;

import dev.darkroom.contract.checkpoint.Stage;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.engine.TensorflowNatives;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import dev.darkroom.network.clip.ClipTextConfiguration;
import dev.darkroom.network.clip.ClipTextGraph;
import dev.darkroom.network.nn.StageGraph;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.unet.UnetConfiguration;
import dev.darkroom.network.unet.UnetGraph;
import dev.darkroom.network.vae.VaeConfiguration;
import dev.darkroom.network.vae.VaeDecoderGraph;
import dev.darkroom.network.vae.VaeEncoderGraph;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What the configurations of a diffusers folder say: its networks, that they fit each other, and
 * the parameters that each of them has.
 */
public final class DiffusersNetworks {
    private final ClipTextConfiguration text;
    private final UnetConfiguration unet;
    private final VaeConfiguration vae;
    private final Map<Stage, StageGraph> graphs = new EnumMap<>(Stage.class);
    private final Map<Stage, List<ParameterSpec>> parameters = new EnumMap<>(Stage.class);

    private DiffusersNetworks(
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
     * Reads the three {@code config.json} of a folder; weights need not be there.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming the file and the key
     */
    public static DiffusersNetworks read(Path folder) {
        TensorflowNatives.load();
        ConfigurationFile unetFile = file(folder, NetworkFolder.UNET);
        DiffusersNetworks networks =
                new DiffusersNetworks(
                        ClipTextConfiguration.of(file(folder, NetworkFolder.TEXT_ENCODER)),
                        UnetConfiguration.of(unetFile),
                        VaeConfiguration.of(file(folder, NetworkFolder.VAE)));
        networks.requireFit(unetFile);
        networks.graphs.forEach(
                (stage, graph) -> networks.parameters.put(stage, declared(stage, graph)));
        return networks;
    }

    private static ConfigurationFile file(Path folder, NetworkFolder network) {
        return ConfigurationFile.read(folder, network.configuration());
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

    private static List<ParameterSpec> declared(Stage stage, StageGraph graph) {
        try {
            return new SavedModelWriter(graph).parameters();
        } catch (IllegalArgumentException e) {
            throw new DarkroomException(
                    ErrorCode.INVALID_CHECKPOINT,
                    NetworkFolder.of(stage).configuration() + ": " + e.getMessage(),
                    e);
        }
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

    StageGraph graph(Stage stage) {
        return Objects.requireNonNull(graphs.get(stage));
    }

    /** Every parameter of a stage. */
    public List<ParameterSpec> parameters(Stage stage) {
        return Objects.requireNonNull(parameters.get(stage));
    }

    /** Every parameter in a folder's file. */
    List<ParameterSpec> parameters(NetworkFolder network) {
        List<ParameterSpec> specs = new ArrayList<>();
        network.stages().forEach(stage -> specs.addAll(parameters(stage)));
        return specs;
    }

    /** Number of parameters of a stage. */
    public long parameterCount(Stage stage) {
        return parameters(stage).stream().mapToLong(ParameterSpec::elements).sum();
    }
}
