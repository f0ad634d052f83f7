package dev.darkroom.contract.tensor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.contract.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a safetensors file: the header from what is declared, then values tensor by tensor, in any
 * order, so that never more than one of them need be held.
 *
 * <p>The file appears under its name when it is whole, in one move, and not before: a process that
 * dies while it writes leaves what was there. Like the reference implementation it orders tensors
 * by falling element size and then by name, and pads the header so that the data begins at a
 * multiple of 8; the same tensors give the same bytes in whatever order they come.
 */
public final class SafetensorsWriter implements AutoCloseable {
    /** What PyTorch's readers ask for before they open a file. */
    public static final Map<String, String> PYTORCH = Map.of("format", "pt");

    private static final int ALIGNMENT = 8;
    private static final int CHUNK_BYTES = 1 << 20;

    private final Path target;
    private final Path draft;
    private final FileChannel channel;
    private final Map<String, Place> places = new LinkedHashMap<>();
    private final ByteBuffer chunk =
            ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /** Where a tensor's next element goes, and where its last one ends. */
    private static final class Place {
        final ElementType type;
        final long end;
        long next;

        Place(ElementType type, long next, long end) {
            this.type = type;
            this.next = next;
            this.end = end;
        }
    }

    private SafetensorsWriter(Path target, Path draft, FileChannel channel) {
        this.target = target;
        this.draft = draft;
        this.channel = channel;
    }

    /**
     * Begins a file.
     *
     * @param target replaced when the file is finished; its folder exists
     * @param tensors of F32 or F16, each name once
     * @param metadata texts for the header, as {@link #PYTORCH}
     */
    public static SafetensorsWriter create(
            Path target, Collection<TensorDeclaration> tensors, Map<String, String> metadata)
            throws IOException {
        List<TensorDeclaration> ordered = new ArrayList<>(tensors);
        ordered.sort(
                Comparator.comparingInt((TensorDeclaration tensor) -> -tensor.type().bytes())
                        .thenComparing(TensorDeclaration::name));
        byte[] header = header(ordered, metadata);
        Path absolute = target.toAbsolutePath();
        Path draft = absolute.resolveSibling("." + absolute.getFileName() + ".part");
        FileChannel channel =
                FileChannel.open(
                        draft,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
        SafetensorsWriter writer = new SafetensorsWriter(absolute, draft, channel);
        boolean begun = false;
        try {
            writer.begin(header, ordered);
            begun = true;
            return writer;
        } finally {
            if (!begun) {
                writer.close();
            }
        }
    }

    /** A whole file of float32 tensors that are at hand. */
    public static void write(
            Path target,
            Collection<TensorDeclaration> tensors,
            Map<String, float[]> values,
            Map<String, String> metadata)
            throws IOException {
        try (SafetensorsWriter writer = create(target, tensors, metadata)) {
            for (TensorDeclaration tensor : tensors) {
                float[] elements = values.get(tensor.name());
                if (elements == null) {
                    throw new IllegalArgumentException("no values for " + tensor.name());
                }
                writer.append(tensor.name(), elements);
            }
            writer.finish();
        }
    }

    private static byte[] header(List<TensorDeclaration> ordered, Map<String, String> metadata) {
        ObjectNode header = Json.mapper().createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode texts = header.putObject(SafetensorsFile.METADATA);
            new TreeMap<>(metadata).forEach(texts::put);
        }
        long offset = 0;
        for (TensorDeclaration tensor : ordered) {
            if (tensor.type() != ElementType.F32 && tensor.type() != ElementType.F16) {
                throw new IllegalArgumentException(tensor.name() + " is " + tensor.type());
            }
            if (header.has(tensor.name())) {
                throw new IllegalArgumentException(tensor.name() + " is declared twice");
            }
            ObjectNode node = header.putObject(tensor.name());
            node.put("dtype", tensor.type().name());
            ArrayNode shape = node.putArray("shape");
            tensor.shape().forEach(shape::add);
            long end = offset + tensor.byteLength();
            node.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        byte[] json = Json.write(header);
        byte[] padded = Arrays.copyOf(json, (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }

    private void begin(byte[] header, List<TensorDeclaration> ordered) throws IOException {
        ByteBuffer prefix =
                ByteBuffer.allocate(Long.BYTES + header.length).order(ByteOrder.LITTLE_ENDIAN);
        prefix.putLong(header.length).put(header).flip();
        long offset = prefix.limit();
        put(prefix, 0);
        for (TensorDeclaration tensor : ordered) {
            long end = offset + tensor.byteLength();
            places.put(tensor.name(), new Place(tensor.type(), offset, end));
            offset = end;
        }
    }

    /** Writes a tensor, or the next elements of it. */
    public void append(String name, float[] values) throws IOException {
        append(name, values, values.length);
    }

    /**
     * Writes the next elements of a tensor.
     *
     * @param values rounded to nearest, ties to even, where the tensor is F16; beyond 65,504 that
     *     is infinity, as in PyTorch
     * @param count of them, from the first
     */
    public void append(String name, float[] values, int count) throws IOException {
        Place place = places.get(name);
        if (place == null) {
            throw new IllegalArgumentException(name + " is not declared");
        }
        int width = place.type.bytes();
        if ((place.end - place.next) / width < count) {
            throw new IllegalArgumentException(name + " has no room for " + count + " elements");
        }
        int perChunk = CHUNK_BYTES / width;
        for (int first = 0; first < count; first += perChunk) {
            int last = Math.min(count, first + perChunk);
            chunk.clear();
            for (int i = first; i < last; i++) {
                if (place.type == ElementType.F16) {
                    chunk.putShort(Half.fromFloat(values[i]));
                } else {
                    chunk.putFloat(values[i]);
                }
            }
            chunk.flip();
            int bytes = chunk.limit();
            put(chunk, place.next);
            place.next += bytes;
        }
    }

    private void put(ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /**
     * Puts the file in its place.
     *
     * @throws IllegalStateException naming a tensor that was not written to its end
     */
    public void finish() throws IOException {
        places.forEach(
                (name, place) -> {
                    if (place.next != place.end) {
                        throw new IllegalStateException(name + " was not written to its end");
                    }
                });
        channel.force(true);
        channel.close();
        Files.move(
                draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Drops what was written unless the file was finished. */
    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(draft);
    }
}
