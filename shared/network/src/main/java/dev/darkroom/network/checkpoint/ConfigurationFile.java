package dev.darkroom.network.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.error.Excerpt;
import dev.darkroom.contract.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A JSON configuration of a checkpoint, read key by key with the default that the class in
 * diffusers or transformers has. Whatever it refuses it names: file, key, value, and what is
 * supported. Keys that nobody asks for are passed over, as diffusers does.
 */
public final class ConfigurationFile {
    private static final int MAX_BYTES = 1 << 20;

    /** Python writes infinities as numbers that JSON does not have. */
    private static final ObjectReader READER =
            Json.mapper().reader().with(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS);

    private final String file;
    private final JsonNode tree;

    private ConfigurationFile(String file, JsonNode tree) {
        this.file = file;
        this.tree = tree;
    }

    /**
     * @param file relative to the folder, with '/'
     * @throws DarkroomException {@link ErrorCode#INVALID_CHECKPOINT} where there is none, it is too
     *     large or no JSON object
     */
    public static ConfigurationFile read(Path folder, String file) {
        return of(file, readBounded(folder, file, MAX_BYTES));
    }

    /** As {@link #read}, or nothing where there is no such file. */
    public static Optional<ConfigurationFile> readIfPresent(Path folder, String file) {
        return Files.exists(folder.resolve(file))
                ? Optional.of(read(folder, file))
                : Optional.empty();
    }

    /** A file's bytes, refused where there are more than {@code limit}. */
    public static byte[] readBounded(Path folder, String file, int limit) {
        Path path = folder.resolve(file);
        if (!Files.isRegularFile(path)) {
            throw refusal(file + " is missing", null);
        }
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw refusal(file + " is larger than " + limit + " bytes", null);
            }
            return bytes;
        } catch (IOException e) {
            throw refusal(file + " cannot be read: " + e, e);
        }
    }

    /** As {@link #read}, of bytes that are at hand. */
    public static ConfigurationFile of(String file, byte[] json) {
        JsonNode tree;
        try {
            tree = READER.readTree(json);
        } catch (JsonProcessingException e) {
            throw refusal(file + " is not valid JSON: " + clip(e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw refusal(file + " cannot be read: " + e, e);
        }
        if (!tree.isObject()) {
            throw refusal(file + " is no JSON object", null);
        }
        return new ConfigurationFile(file, tree);
    }

    /** The object that a key holds, as a configuration of its own; nothing where there is none. */
    public Optional<ConfigurationFile> section(String key) {
        if (!has(key)) {
            return Optional.empty();
        }
        if (!tree.get(key).isObject()) {
            throw refuse(key, "an object");
        }
        return Optional.of(new ConfigurationFile(file + ", " + key, tree.get(key)));
    }

    public String file() {
        return file;
    }

    public JsonNode tree() {
        return tree;
    }

    /** Whether the key has a value other than null. */
    public boolean has(String key) {
        return tree.hasNonNull(key);
    }

    public int integer(String key, int fallback, int least, int most) {
        return tree.has(key) ? toInt(key, tree.get(key), least, most) : fallback;
    }

    public double number(String key, double fallback, double least, double most) {
        if (!tree.has(key)) {
            return fallback;
        }
        JsonNode value = tree.get(key);
        if (!value.isNumber() || !(value.doubleValue() >= least && value.doubleValue() <= most)) {
            throw refuse(key, "a number in " + least + ".." + most);
        }
        return value.doubleValue();
    }

    public boolean flag(String key, boolean fallback) {
        if (!tree.has(key)) {
            return fallback;
        }
        if (!tree.get(key).isBoolean()) {
            throw refuse(key, "true or false");
        }
        return tree.get(key).booleanValue();
    }

    /** One of the names given, as the value that belongs to it. */
    public <T> T choice(String key, String fallback, Map<String, T> supported) {
        String text = fallback;
        if (tree.has(key)) {
            text = tree.get(key).isTextual() ? tree.get(key).textValue() : "";
        }
        T value = supported.get(text);
        if (value == null) {
            throw refuse(key, names(supported.keySet()));
        }
        return value;
    }

    public String text(String key) {
        if (!tree.path(key).isTextual()) {
            throw refuse(key, "a text");
        }
        return tree.get(key).textValue();
    }

    /** A list of texts. */
    public List<String> texts(String key, List<String> fallback) {
        if (!tree.has(key)) {
            return fallback;
        }
        List<String> values = new ArrayList<>();
        for (JsonNode element : list(key)) {
            if (!element.isTextual()) {
                throw refuse(key, "a list of texts");
            }
            values.add(element.textValue());
        }
        return values;
    }

    /** A list of integers. */
    public List<Integer> integers(String key, List<Integer> fallback, int least, int most) {
        if (!tree.has(key)) {
            return fallback;
        }
        List<Integer> values = new ArrayList<>();
        for (JsonNode element : list(key)) {
            values.add(toInt(key, element, least, most));
        }
        return values;
    }

    /** An integer for every one of {@code size} levels, or a list of one for each. */
    public List<Integer> perLevel(String key, int fallback, int size, int least, int most) {
        if (!tree.path(key).isArray()) {
            return Collections.nCopies(size, integer(key, fallback, least, most));
        }
        List<Integer> values = integers(key, List.of(), least, most);
        if (values.size() != size) {
            throw refuse(key, "one integer, or a list of " + size);
        }
        return values;
    }

    /** A flag for every one of {@code size} levels, or a list of one for each. */
    public List<Boolean> flagPerLevel(String key, boolean fallback, int size) {
        if (!tree.path(key).isArray()) {
            return Collections.nCopies(size, flag(key, fallback));
        }
        List<Boolean> values = new ArrayList<>();
        for (JsonNode element : list(key)) {
            if (!element.isBoolean()) {
                throw refuse(key, "true or false, or a list of " + size);
            }
            values.add(element.booleanValue());
        }
        if (values.size() != size) {
            throw refuse(key, "true or false, or a list of " + size);
        }
        return values;
    }

    /** Refuses the key where it is there with a value other than null. */
    public void requireNull(String key) {
        if (has(key)) {
            throw refuse(key, "null");
        }
    }

    /** A refusal that names file, key and value. */
    public DarkroomException refuse(String key, String supported) {
        return refuse(key, tree.has(key) ? tree.get(key).toString() : "missing", supported);
    }

    /** A refusal that names file, key and the part of its value that cannot be followed. */
    public DarkroomException refuse(String key, String value, String supported) {
        return refusal(
                file + ": " + clip(key) + " is " + clip(value) + "; supported: " + supported, null);
    }

    private JsonNode list(String key) {
        JsonNode value = tree.get(key);
        if (!value.isArray() || value.size() > 64) {
            throw refuse(key, "a list of at most 64");
        }
        return value;
    }

    private int toInt(String key, JsonNode value, int least, int most) {
        if (!value.isIntegralNumber()
                || !value.canConvertToInt()
                || value.intValue() < least
                || value.intValue() > most) {
            throw refuse(key, "an integer in " + least + ".." + most);
        }
        return value.intValue();
    }

    private static String names(Collection<String> names) {
        return String.join(", ", names.stream().sorted().toList());
    }

    private static String clip(String text) {
        return Excerpt.of(text, 120);
    }

    private static DarkroomException refusal(String message, @Nullable Throwable cause) {
        return new DarkroomException(ErrorCode.INVALID_CHECKPOINT, message, cause);
    }
}
