package dev.darkroom.testing;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.tensor.SafetensorsFile;
import dev.darkroom.contract.tensor.TensorInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A safetensors file in memory, to be changed and written back: how tests damage checkpoints. */
public final class SafetensorsEditor {
    private final Path path;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private SafetensorsEditor(Path path) {
        this.path = path;
    }

    private record Entry(String type, List<Long> shape, ByteBuffer bytes) {}

    public static SafetensorsEditor open(Path path) {
        SafetensorsEditor editor = new SafetensorsEditor(path);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            for (TensorInfo info : file.tensors().values()) {
                editor.entries.put(
                        info.name(),
                        new Entry(info.type().name(), info.shape(), file.bytes(info.name())));
            }
        }
        return editor;
    }

    public SafetensorsEditor remove(String name) {
        require(name);
        entries.remove(name);
        return this;
    }

    /** A tensor more, of zeros. */
    public SafetensorsEditor add(String name, String type, int elementBytes, long... shape) {
        long elements = 1;
        for (long dimension : shape) {
            elements *= dimension;
        }
        entries.put(
                name,
                new Entry(
                        type,
                        java.util.Arrays.stream(shape).boxed().toList(),
                        ByteBuffer.allocate(Math.toIntExact(elements * elementBytes))));
        return this;
    }

    /** The same bytes under another shape. */
    public SafetensorsEditor reshape(String name, long... shape) {
        Entry entry = require(name);
        entries.put(
                name,
                new Entry(
                        entry.type(),
                        java.util.Arrays.stream(shape).boxed().toList(),
                        entry.bytes()));
        return this;
    }

    /** Overwrites a float16 element by its bits. */
    public SafetensorsEditor setHalf(String name, int index, int bits) {
        require(name).bytes().order(ByteOrder.LITTLE_ENDIAN).putShort(2 * index, (short) bits);
        return this;
    }

    private Entry require(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(path + " has no " + name);
        }
        return entry;
    }

    /** Writes the file back. */
    public void save() {
        ObjectNode header = Json.mapper().createObjectNode();
        long offset = 0;
        for (Map.Entry<String, Entry> named : entries.entrySet()) {
            Entry entry = named.getValue();
            ObjectNode node = header.putObject(named.getKey());
            node.put("dtype", entry.type());
            ArrayNode shape = node.putArray("shape");
            entry.shape().forEach(shape::add);
            node.putArray("data_offsets").add(offset).add(offset + entry.bytes().limit());
            offset += entry.bytes().limit();
        }
        byte[] json = Json.write(header);
        try (OutputStream out = Files.newOutputStream(path)) {
            out.write(
                    ByteBuffer.allocate(8)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(json.length)
                            .array());
            out.write(json);
            for (Entry entry : entries.values()) {
                out.write(entry.bytes().array(), 0, entry.bytes().limit());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
