package dev.darkroom.network.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.network.checkpoint.ConfigurationFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The files of a diffusers folder beside its weights, byte for byte as they were: configurations
 * have keys that Darkroom has no use for and others do.
 */
public final class DiffusersFiles {
    public static final String SCHEDULER = "scheduler/scheduler_config.json";

    /** What Darkroom adds: the checkpoint's own steps, sampler and guidance scale. */
    public static final String DEFAULTS = "darkroom.json";

    /** Where a Darkroom checkpoint keeps those that it has no other place for. */
    public static final String KEPT = "diffusers/";

    private static final String INDEX = "model_index.json";
    private static final int MAX_BYTES = 32 << 20;

    /** The version of diffusers whose layout this is. */
    private static final String LAYOUT = "0.36.0";

    private static final List<String> NEEDED =
            List.of(
                    SCHEDULER,
                    "text_encoder/config.json",
                    "tokenizer/merges.txt",
                    "tokenizer/tokenizer_config.json",
                    "tokenizer/vocab.json",
                    "unet/config.json",
                    "vae/config.json");
    private static final List<String> OPTIONAL =
            List.of("tokenizer/added_tokens.json", "tokenizer/special_tokens_map.json", DEFAULTS);

    private final Map<String, byte[]> files;

    private DiffusersFiles(Map<String, byte[]> files) {
        this.files = files;
    }

    /**
     * From a folder in the diffusers layout.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming a file that is missing
     */
    public static DiffusersFiles read(Path folder) {
        return read(folder, path -> path);
    }

    /**
     * From the folder of a Darkroom checkpoint, where {@link #kept} were put when it was imported;
     * the defaults are not among them.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming a file that is missing
     */
    public static DiffusersFiles readKept(Path checkpoint) {
        return read(checkpoint, path -> hasPlace(path) ? path : KEPT + path);
    }

    private static DiffusersFiles read(Path folder, UnaryOperator<String> place) {
        Map<String, byte[]> files = new TreeMap<>();
        for (String path : NEEDED) {
            files.put(path, ConfigurationFile.readBounded(folder, place.apply(path), MAX_BYTES));
        }
        for (String path : OPTIONAL) {
            String placed = place.apply(path);
            if (Files.exists(folder.resolve(placed))) {
                files.put(path, ConfigurationFile.readBounded(folder, placed, MAX_BYTES));
            }
        }
        return new DiffusersFiles(files);
    }

    /** Whether a Darkroom checkpoint has the file anyway, under the same path. */
    private static boolean hasPlace(String path) {
        return path.equals(CheckpointConfiguration.VOCABULARY_FILE)
                || path.equals(CheckpointConfiguration.MERGES_FILE);
    }

    /** What a Darkroom checkpoint must keep to be exported again, by the path there. */
    public Map<String, byte[]> kept() {
        Map<String, byte[]> kept = new TreeMap<>();
        files.forEach(
                (path, bytes) -> {
                    if (!hasPlace(path) && !path.equals(DEFAULTS)) {
                        kept.put(KEPT + path, bytes.clone());
                    }
                });
        return kept;
    }

    /** These with a file more, or another one in its place. */
    public DiffusersFiles with(String path, JsonNode content) {
        return with(path, Json.writePretty(content));
    }

    /** These with a file more, or another one in its place. */
    public DiffusersFiles with(String path, byte[] content) {
        if (!NEEDED.contains(path) && !OPTIONAL.contains(path)) {
            throw new IllegalArgumentException(path + " is no file of a diffusers folder");
        }
        Map<String, byte[]> more = new TreeMap<>(files);
        more.put(path, content.clone());
        return new DiffusersFiles(more);
    }

    /** No files: to begin from for a network that has no parent. */
    public static DiffusersFiles none() {
        return new DiffusersFiles(Map.of());
    }

    private Optional<byte[]> file(String path) {
        return Optional.ofNullable(files.get(path));
    }

    /**
     * Writes the files and {@code model_index.json} into a folder.
     *
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} naming a file that is not
     *     there
     */
    void write(Path folder) throws IOException {
        for (String path : NEEDED) {
            if (!files.containsKey(path)) {
                throw new DarkroomException(
                        ErrorCode.INVALID_CHECKPOINT, path + " is missing: nothing to export");
            }
        }
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(Objects.requireNonNull(path.getParent()));
            Files.write(path, file.getValue());
        }
        Files.write(folder.resolve(INDEX), Json.writePretty(index()));
    }

    /**
     * Which class reads which folder. Written anew: an imported one may name parts that were not
     * imported, as a safety checker, and a folder that names them without having them does not
     * open.
     */
    private ObjectNode index() {
        ObjectNode index = Json.mapper().createObjectNode();
        index.put("_class_name", "StableDiffusionPipeline");
        index.put("_diffusers_version", LAYOUT);
        for (String part : List.of("feature_extractor", "image_encoder", "safety_checker")) {
            index.putArray(part).addNull().addNull();
        }
        index.put("requires_safety_checker", false);
        index.putArray("scheduler")
                .add("diffusers")
                .add(className(SCHEDULER).orElse("DDIMScheduler"));
        index.putArray("text_encoder").add("transformers").add("CLIPTextModel");
        index.putArray("tokenizer").add("transformers").add("CLIPTokenizer");
        index.putArray("unet")
                .add("diffusers")
                .add(className("unet/config.json").orElse("UNet2DConditionModel"));
        index.putArray("vae").add("diffusers").add("AutoencoderKL");
        return index;
    }

    private Optional<String> className(String path) {
        return file(path)
                .map(bytes -> ConfigurationFile.of(path, bytes))
                .filter(file -> file.has("_class_name"))
                .map(file -> file.text("_class_name"));
    }
}
