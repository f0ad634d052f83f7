package dev.darkroom.network.checkpoint;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.error.Excerpt;
import dev.darkroom.contract.tensor.ElementType;
import dev.darkroom.contract.tensor.SafetensorsFile;
import dev.darkroom.contract.tensor.TensorInfo;
import dev.darkroom.network.parameter.ParameterSpec;
import dev.darkroom.network.parameter.ParameterValues;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The weights of one network in a checkpoint folder, checked against what the network declared:
 * nothing missing, nothing over, every shape right.
 */
public final class WeightFile implements ParameterValues, AutoCloseable {
    private static final Set<ElementType> FLOATS =
            EnumSet.of(ElementType.F16, ElementType.BF16, ElementType.F32, ElementType.F64);

    /** Names that a tensor had in older files, by the piece of the name that differs. */
    private static final Map<String, String> OLDER_NAMES =
            Map.of(
                    ".to_q.", ".query.",
                    ".to_k.", ".key.",
                    ".to_v.", ".value.",
                    ".to_out.0.", ".proj_attn.");

    private static final String TEXT_PREFIX = "text_model.";
    private static final int NAMES_SHOWN = 5;

    /** Of one tensor, 2 GB as float32; Stable Diffusion's largest has 150 MB. */
    private static final long MAX_ELEMENTS = Integer.MAX_VALUE / Float.BYTES;

    private final String file;
    private final SafetensorsFile tensors;
    private final Map<String, TensorInfo> byKey = new LinkedHashMap<>();

    private WeightFile(String file, SafetensorsFile tensors) {
        this.file = file;
        this.tensors = tensors;
    }

    /**
     * Opens {@code FOLDER/NETWORK/BASE.safetensors}, or its {@code .fp16} variant where only that
     * is there.
     *
     * @param base {@code model} or {@code diffusion_pytorch_model}
     */
    public static WeightFile open(Path folder, String network, String base) {
        for (String name : List.of(base + ".safetensors", base + ".fp16.safetensors")) {
            Path path = folder.resolve(network).resolve(name);
            if (Files.isRegularFile(path)) {
                return open(network + "/" + name, path);
            }
        }
        throw refusal(
                network
                        + " has no "
                        + base
                        + ".safetensors"
                        + alternative(folder.resolve(network)));
    }

    private static WeightFile open(String file, Path path) {
        try {
            return new WeightFile(file, SafetensorsFile.open(path));
        } catch (DarkroomException e) {
            int slash = file.lastIndexOf('/');
            throw new DarkroomException(e.code(), file.substring(0, slash + 1) + e.reason(), e);
        }
    }

    private static String alternative(Path folder) {
        try (Stream<Path> entries = Files.isDirectory(folder) ? Files.list(folder) : Stream.of()) {
            List<String> names = entries.map(entry -> entry.getFileName().toString()).toList();
            if (names.stream().anyMatch(name -> name.endsWith(".bin"))) {
                return ", only PyTorch's pickled .bin, which is not read because it can run code:"
                        + " save the pipeline with safe_serialization=True";
            }
            if (names.stream().anyMatch(name -> name.endsWith(".safetensors.index.json"))) {
                return ", only one in several pieces: save it in one (max_shard_size)";
            }
            return "";
        } catch (IOException e) {
            return " (" + e.getMessage() + ")";
        }
    }

    /**
     * Finds the tensor of every parameter.
     *
     * @param ignored names of tensors that may be there though no parameter needs them
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming the tensors that are
     *     missing, over, misshapen or of a type that is no float
     */
    public void bind(Collection<ParameterSpec> specs, Predicate<String> ignored) {
        Set<String> over = new HashSet<>(tensors.tensors().keySet());
        over.removeIf(ignored);
        List<String> missing = new ArrayList<>();
        for (ParameterSpec spec : specs) {
            String name =
                    names(spec.key()).stream()
                            .filter(tensors.tensors()::containsKey)
                            .findFirst()
                            .orElse("");
            if (name.isEmpty()) {
                missing.add(spec.key());
                continue;
            }
            TensorInfo info = tensors.info(name);
            requireShape(spec, info);
            byKey.put(spec.key(), info);
            over.remove(name);
        }
        if (!missing.isEmpty()) {
            throw refusal(file + " lacks " + listed(missing));
        }
        if (!over.isEmpty()) {
            throw refusal(
                    file + " has tensors that its configuration has no place for: " + listed(over));
        }
    }

    private void requireShape(ParameterSpec spec, TensorInfo info) {
        List<List<Long>> shapes = spec.layout().fileShapes(spec.shape());
        if (!shapes.contains(info.shape())) {
            throw refusal(
                    file
                            + ": "
                            + info.name()
                            + " has the shape "
                            + clip(info.shapeText())
                            + "; its configuration needs "
                            + shapes.get(0));
        }
        if (!FLOATS.contains(info.type())) {
            throw refusal(file + ": " + info.name() + " is " + info.type() + ", not a float type");
        }
        if (info.elements() > MAX_ELEMENTS) {
            throw refusal(file + ": " + info.name() + " is larger than 2 GB as float32");
        }
    }

    private static List<String> names(String key) {
        List<String> names = new ArrayList<>();
        names.add(key);
        if (key.startsWith(TEXT_PREFIX)) {
            names.add(key.substring(TEXT_PREFIX.length()));
        }
        OLDER_NAMES.forEach(
                (now, before) -> {
                    if (key.contains(now)) {
                        names.add(key.replace(now, before));
                    }
                });
        return names;
    }

    /**
     * Reads elements of a bound parameter, in the file's order.
     *
     * @param first index of the first one
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} where one is not finite
     */
    public void read(ParameterSpec spec, long first, float[] target, int count) {
        TensorInfo info = byKey.get(spec.key());
        if (info == null) {
            throw new IllegalStateException(spec.key() + " is not bound");
        }
        tensors.readFloats(info.name(), first, FloatBuffer.wrap(target, 0, count));
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(target[i])) {
                throw refusal(
                        file
                                + ": "
                                + info.name()
                                + " has the value "
                                + target[i]
                                + " at element "
                                + (first + i));
            }
        }
    }

    /**
     * All elements of a bound parameter.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} where one is not finite
     */
    @Override
    public float[] values(ParameterSpec spec) {
        float[] values = new float[Math.toIntExact(spec.elements())];
        read(spec, 0, values, values.length);
        return spec.layout().fromFile(spec.shape(), values);
    }

    @Override
    public void close() {
        tensors.close();
    }

    private static String listed(Collection<String> names) {
        String shown =
                names.stream()
                        .sorted()
                        .limit(NAMES_SHOWN)
                        .map(WeightFile::clip)
                        .collect(Collectors.joining(", "));
        return names.size() <= NAMES_SHOWN
                ? shown
                : shown + " and " + (names.size() - NAMES_SHOWN) + " more";
    }

    private static String clip(String text) {
        return Excerpt.of(text, 160);
    }

    private static DarkroomException refusal(String message) {
        return new DarkroomException(ErrorCode.INVALID_CHECKPOINT, message);
    }
}
