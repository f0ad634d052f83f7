package dev.darkroom.trainer.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code metadata.jsonl}: a JSON object a line, {@code file_name} and the captions of that file
 * under {@code text}, {@code caption} or {@code captions}, each a string or a list of them; {@code
 * label}, a string or an integer, is its class where it has one. Other properties are kept and not
 * looked at.
 */
final class CaptionFile {
    static final String NAME = "metadata.jsonl";

    private static final String FILE_NAME = "file_name";
    private static final List<String> CAPTION_KEYS = List.of("text", "caption", "captions");

    private static final String LABEL = "label";

    private CaptionFile() {}

    /**
     * What a line says.
     *
     * @param number from 1
     * @param captions not blank; empty where the line has none
     * @param label the name of the class; nothing where the line has none, or a negative number,
     *     which is how Hugging Face's {@code ClassLabel} says that it is unknown
     */
    record Line(
            int number,
            String fileName,
            List<String> captions,
            Optional<String> label,
            ObjectNode object) {}

    /**
     * @throws DarkroomException INVALID_DATASET, naming file and line: what is no such object, a
     *     name outside the folder, a file named twice
     */
    static List<Line> read(Path file) {
        List<Line> lines = new ArrayList<>();
        Map<String, Integer> seen = new LinkedHashMap<>();
        try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            int number = 0;
            for (String text = in.readLine(); text != null; text = in.readLine()) {
                number++;
                String where = file + ", line " + number;
                if (number == 1 && text.startsWith("\uFEFF")) {
                    text = text.substring(1);
                }
                if (!text.isBlank()) {
                    Line line = parse(where, number, text);
                    Integer before = seen.put(line.fileName, number);
                    if (before != null) {
                        throw InvalidDataset.because(
                                where
                                        + ": "
                                        + line.fileName
                                        + " is there already in line "
                                        + before);
                    }
                    lines.add(line);
                }
            }
        } catch (IOException e) {
            throw InvalidDataset.because(file + " cannot be read: " + e, e);
        }
        return lines;
    }

    static Line parse(String where, int number, String text) {
        JsonNode node;
        try {
            node = Json.tree(text.getBytes(StandardCharsets.UTF_8));
        } catch (DarkroomException e) {
            throw InvalidDataset.because(where + ": " + e.reason(), e);
        }
        if (!(node instanceof ObjectNode object)) {
            throw InvalidDataset.because(where + " is no JSON object");
        }
        JsonNode name = object.path(FILE_NAME);
        if (!name.isTextual() || name.textValue().isBlank()) {
            throw InvalidDataset.because(where + " has no " + FILE_NAME);
        }
        return new Line(
                number,
                inside(where, name.textValue()),
                captions(where, object),
                label(where, object.path(LABEL)),
                object);
    }

    private static Optional<String> label(String where, JsonNode label) {
        if (label.isMissingNode() || label.isNull()) {
            return Optional.empty();
        }
        if (label.isIntegralNumber()) {
            return label.bigIntegerValue().signum() < 0
                    ? Optional.empty()
                    : Optional.of(label.asText());
        }
        if (!label.isTextual() || label.textValue().isBlank()) {
            throw InvalidDataset.because(
                    where + ": " + LABEL + " must be a class's name or a whole number");
        }
        return Optional.of(label.textValue().strip());
    }

    private static String inside(String where, String name) {
        for (String part : name.split("/", -1)) {
            if (part.isEmpty()
                    || part.equals(".")
                    || part.equals("..")
                    || part.indexOf('\\') >= 0
                    || part.indexOf('\0') >= 0) {
                throw InvalidDataset.because(
                        where + ": file_name must be a path inside the folder, with / between");
            }
        }
        return name;
    }

    private static List<String> captions(String where, ObjectNode object) {
        Set<String> captions = new LinkedHashSet<>();
        for (String key : CAPTION_KEYS) {
            JsonNode value = object.path(key);
            List<JsonNode> each = new ArrayList<>();
            if (value.isArray()) {
                value.forEach(each::add);
            } else if (!value.isMissingNode() && !value.isNull()) {
                each.add(value);
            }
            for (JsonNode caption : each) {
                if (!caption.isTextual()) {
                    throw InvalidDataset.because(where + ": " + key + " must be text");
                }
                if (!caption.textValue().isBlank()) {
                    captions.add(caption.textValue().strip());
                }
            }
        }
        return List.copyOf(captions);
    }

    /** Adds captions to the file, or makes it; readers see the old file or the new. */
    static void merge(Path file, Map<String, ? extends Set<String>> captions) {
        Map<String, Set<String>> missing = new LinkedHashMap<>();
        captions.forEach((name, texts) -> missing.put(name, new LinkedHashSet<>(texts)));
        List<ObjectNode> objects = new ArrayList<>();
        for (Line line : Files.exists(file) ? read(file) : List.<Line>of()) {
            Set<String> added = missing.remove(line.fileName);
            if (added != null) {
                Set<String> texts = new LinkedHashSet<>(line.captions);
                texts.addAll(added);
                line.object.remove(CAPTION_KEYS);
                put(line.object, texts);
            }
            objects.add(line.object);
        }
        missing.forEach(
                (name, texts) -> {
                    ObjectNode object = JsonNodeFactory.instance.objectNode().put(FILE_NAME, name);
                    put(object, texts);
                    objects.add(object);
                });
        write(file, objects);
    }

    private static void put(ObjectNode object, Set<String> texts) {
        if (texts.size() == 1) {
            object.put(CAPTION_KEYS.get(0), texts.iterator().next());
        } else {
            ArrayNode array = object.putArray(CAPTION_KEYS.get(0));
            texts.forEach(array::add);
        }
    }

    private static void write(Path file, List<ObjectNode> objects) {
        Path part = file.resolveSibling("." + file.getFileName() + ".part");
        try {
            try (OutputStream out = Files.newOutputStream(part)) {
                for (ObjectNode object : objects) {
                    out.write(Json.write(object));
                    out.write('\n');
                }
            }
            Files.move(
                    part,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw InvalidDataset.because(file + " cannot be written: " + e, e);
        }
    }
}
