package dev.darkroom.network.export;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.error.Excerpt;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.contract.tensor.SafetensorsFile;
import dev.darkroom.contract.tensor.SafetensorsWriter;
import dev.darkroom.contract.tensor.TensorDeclaration;
import dev.darkroom.contract.tensor.TensorInfo;
import dev.darkroom.network.parameter.Lora;
import dev.darkroom.network.parameter.ParameterLayout;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Low-rank adapters as the file that diffusers' {@code load_lora_weights} reads: the network's
 * folder, the module's name, {@code lora_A.weight} [rank, in] and {@code lora_B.weight} [out,
 * rank].
 *
 * <p>Read are also files with {@code lora.down} and {@code lora.up}, as diffusers wrote before, and
 * an {@code alpha} beside them.
 */
public final class LoraFile implements AutoCloseable {
    private static final List<NetworkFolder> NETWORKS =
            List.of(NetworkFolder.TEXT_ENCODER, NetworkFolder.UNET);
    private static final List<List<String>> ENDINGS =
            List.of(
                    List.of(".lora_A.weight", ".lora_B.weight"),
                    List.of(".lora.down.weight", ".lora.up.weight"));
    private static final String WEIGHT = ".weight";
    private static final String ALPHA = ".alpha";

    private final SafetensorsFile file;

    private LoraFile(SafetensorsFile file) {
        this.file = file;
    }

    /**
     * Writes the adapters of every network that has any. The scale goes into B, for readers take it
     * to be 1 where nothing is said.
     *
     * @param adapters values of A and B in the graph's layout
     */
    public static void write(
            Path path,
            Lora lora,
            DiffusersNetworks networks,
            Map<NetworkFolder, ParameterValues> adapters)
            throws IOException {
        List<TensorDeclaration> tensors = new java.util.ArrayList<>();
        Map<String, float[]> values = new LinkedHashMap<>();
        adapters.forEach(
                (network, source) -> {
                    for (ParameterSpec spec : networks.parameters(network)) {
                        if (lora.adapts(spec)) {
                            put(tensors, values, network, lora.a(spec), source, 1);
                            put(tensors, values, network, lora.b(spec), source, lora.scale());
                        }
                    }
                });
        SafetensorsWriter.write(path, tensors, values, SafetensorsWriter.PYTORCH);
    }

    private static void put(
            List<TensorDeclaration> tensors,
            Map<String, float[]> values,
            NetworkFolder network,
            ParameterSpec spec,
            ParameterValues source,
            double scale) {
        String name = network.folder() + "." + spec.key();
        float[] elements = spec.layout().toFile(spec.shape(), source.values(spec));
        for (int i = 0; i < elements.length; i++) {
            elements[i] *= (float) scale;
        }
        tensors.add(
                new TensorDeclaration(
                        name, ElementType.F32, spec.layout().fileShapes(spec.shape()).get(0)));
        values.put(name, elements);
    }

    /**
     * Opens a file and checks that every tensor of it adapts a matrix of the networks.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming a tensor that adapts
     *     nothing, lacks its other half or has another shape
     */
    public static LoraFile open(Path path, DiffusersNetworks networks) {
        LoraFile file = new LoraFile(SafetensorsFile.open(path));
        boolean checked = false;
        try {
            file.requireFit(networks);
            checked = true;
            return file;
        } finally {
            if (!checked) {
                file.close();
            }
        }
    }

    private void requireFit(DiffusersNetworks networks) {
        Set<String> over = new HashSet<>(file.tensors().keySet());
        Map<String, ParameterSpec> found = new HashMap<>();
        for (NetworkFolder network : NETWORKS) {
            for (ParameterSpec spec : networks.parameters(network)) {
                find(network, spec)
                        .ifPresent(
                                pair -> {
                                    requireShapes(pair, spec);
                                    found.put(pair.a().name(), spec);
                                    over.remove(pair.a().name());
                                    over.remove(pair.b().name());
                                    over.remove(pair.alpha());
                                });
            }
        }
        if (!over.isEmpty() || found.isEmpty()) {
            throw refusal(
                    "adapts nothing of this checkpoint with "
                            + over.stream().sorted().limit(3).toList());
        }
    }

    /** The tensors of one adapter. */
    private record Pair(TensorInfo a, TensorInfo b, String alpha) {}

    private Optional<Pair> find(NetworkFolder network, ParameterSpec spec) {
        if (spec.layout() == ParameterLayout.PLAIN
                || spec.layout() == ParameterLayout.CONVOLUTION
                || !spec.key().endsWith(WEIGHT)) {
            return Optional.empty();
        }
        String module =
                network.folder()
                        + "."
                        + spec.key().substring(0, spec.key().length() - WEIGHT.length());
        for (List<String> endings : ENDINGS) {
            TensorInfo a = file.tensors().get(module + endings.get(0));
            TensorInfo b = file.tensors().get(module + endings.get(1));
            if (a != null && b != null) {
                return Optional.of(new Pair(a, b, module + ALPHA));
            }
        }
        return Optional.empty();
    }

    private void requireShapes(Pair pair, ParameterSpec spec) {
        List<Long> a = pair.a().shape();
        List<Long> b = pair.b().shape();
        if (a.size() != 2
                || b.size() != 2
                || a.get(0) < 1
                || !a.get(0).equals(b.get(1))
                || !a.get(1).equals(spec.shape().get(0))
                || !b.get(0).equals(spec.shape().get(1))) {
            throw refusal(
                    "has the shapes "
                            + pair.a().shapeText()
                            + " and "
                            + pair.b().shapeText()
                            + " for "
                            + spec.key()
                            + " of "
                            + spec.shape());
        }
    }

    /**
     * A network's parameters with the adapters added.
     *
     * @param strength what the adapters are multiplied by; 1 as they were trained
     */
    public ParameterValues merged(NetworkFolder network, ParameterValues base, double strength) {
        return spec -> {
            float[] values = base.values(spec);
            find(network, spec)
                    .ifPresent(
                            pair -> {
                                int rank = Math.toIntExact(pair.a().shape().get(0));
                                Lora.addProduct(
                                        values,
                                        graph(pair.a()),
                                        graph(pair.b()),
                                        rank,
                                        strength * scale(pair, rank));
                            });
            return values;
        };
    }

    private double scale(Pair pair, int rank) {
        return file.tensors().containsKey(pair.alpha()) ? file.floats(pair.alpha())[0] / rank : 1;
    }

    private float[] graph(TensorInfo tensor) {
        List<Long> shape = List.of(tensor.shape().get(1), tensor.shape().get(0));
        return ParameterLayout.LINEAR.fromFile(shape, file.floats(tensor.name()));
    }

    private DarkroomException refusal(String message) {
        return new DarkroomException(
                ErrorCode.INVALID_CHECKPOINT,
                file.path().getFileName() + " " + Excerpt.of(message, 400));
    }

    @Override
    public void close() {
        file.close();
    }
}
